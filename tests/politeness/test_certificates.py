"""TLS: a server proves its name, or its source says that it need not, and then every record says that."""

import ssl

import pytest
import trustme

from crawler.newsroom import Newsroom


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def secure_paper(authority):
    """The paper behind TLS, with a certificate for these names of an authority nobody knows."""
    opened = []

    def open_with(*names):
        newsroom = Newsroom()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names).configure_cert(context)
        # Shaken hands within each line's own thread: one visitor who refuses must not end the others' service.
        newsroom._server.socket = context.wrap_socket(
            newsroom._server.socket, server_side=True, do_handshake_on_connect=False
        )
        newsroom._server.handle_error = lambda *_: None  # visitors who refuse the certificate
        opened.append(newsroom.__enter__())
        return newsroom

    yield open_with
    for newsroom in opened:
        newsroom.__exit__()


@pytest.fixture
def visiting(operator, tmp_path):
    def visit(paper, *, more="", environment=None):
        home = f"https://{paper.host_port}/"
        story = home + paper.articles[0].path.lstrip("/")
        file = tmp_path / "sources.toml"
        file.write_text(f'[courier]\nhome = "{home}"\n{more}')
        operator.settings |= {"SOURCES_FILE": str(file), "ALLOW_PRIVATE": paper.host_port}
        operator.environment = environment or {}
        return operator.run("crawl", "urls", "-a", f"url={story}")

    return visit


def test_a_certificate_of_an_unknown_authority_is_refused_by_name(visiting, secure_paper):
    ended = visiting(secure_paper("127.0.0.1"))
    assert ended.code == 4
    assert ended.err.startswith("courier: certificate: ")


def test_a_certificate_for_another_name_is_refused_by_name(visiting, secure_paper, authority, tmp_path):
    known = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(known)
    ended = visiting(secure_paper("news.example"), environment={"SSL_CERT_FILE": str(known)})
    assert ended.code == 4
    assert ended.err.startswith("courier: certificate: ")


def test_a_certificate_of_a_known_authority_is_believed(visiting, secure_paper, authority, tmp_path, operator):
    known = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(known)
    paper = secure_paper("127.0.0.1")
    assert visiting(paper, environment={"SSL_CERT_FILE": str(known)}).code == 0
    (record,) = operator.records
    assert "tlsVerified" not in record["metadata"]["http"]


def test_a_source_may_go_without_and_its_records_say_so(visiting, secure_paper, operator):
    assert visiting(secure_paper("news.example"), more='tls = "insecure"\n').code == 0
    (record,) = operator.records
    assert record["metadata"]["http"]["tlsVerified"] is False


def test_a_source_that_says_anything_else_of_tls_is_explained(operator, tmp_path):
    file = tmp_path / "sources.toml"
    file.write_text('[courier]\nhome = "https://courier.example/"\ntls = "none"\n')
    operator.settings["SOURCES_FILE"] = str(file)
    ended = operator.run("sources")
    assert ended.code == 2
    assert '[courier] tls: expected "insecure", or no such key, got "none"' in ended.err
