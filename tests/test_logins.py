"""A login that the operator has for a source: sent to its server alone, dropped on every way out, written nowhere."""

import pytest

from crawler.sources import SourcesError, parse_sources

SECRET = "s3cret-of-the-operator"
PARAGRAPH = "<p>The harbour master said on Monday that the old crane on the east pier will stay where it is.</p>"
ARTICLE = f"<html lang='en'><head><title>The crane stays</title></head><body><h1>The crane stays</h1>{PARAGRAPH * 6}"
WALL = (
    "<html lang='en'><head><title>The crane stays</title><script type='application/ld+json'>"
    '{"@type": "NewsArticle", "headline": "The crane stays", "isAccessibleForFree": false}</script></head>'
    "<body><h1>The crane stays</h1><p>Subscribe to read on.</p></body></html>"
)
ENTRY = """
[paper]
home = "https://paper.example/"
feeds = ["https://paper.example/feed"]
login = { to = "https://paper.example", %s }
"""


def one(login):
    return parse_sources(f'[paper]\nhome = "https://paper.example/"\nlogin = {login}\n', where="sources.toml")["paper"]


@pytest.mark.parametrize(
    ("login", "header", "prefix"),
    [
        ('{ to = "https://paper.example", header = "X-Key", env = "KEY" }', "X-Key", ""),
        ('{ to = "https://paper.example/", cookie = "session", file = "~/key" }', "cookie", "session="),
        (
            '{ to = "http://Paper.example:8080", header = "Authorization", prefix = "Bearer ", env = "K" }',
            "Authorization",
            "Bearer ",
        ),
    ],
)
def test_a_login_is_a_header_or_a_cookie_for_one_server(login, header, prefix):
    read = one(login).login
    assert (read.header, read.prefix) == (header, prefix)


@pytest.mark.parametrize(
    ("url", "fits"),
    [
        ("https://paper.example/a", True),
        ("https://paper.example:443/a", True),
        ("http://paper.example/a", False),
        ("https://paper.example:8443/a", False),
        ("https://www.paper.example/a", False),
        ("https://paper.example.evil.example/a", False),
        ("https://evil.example/paper.example", False),
        ("https://paper.example@evil.example/", False),
    ],
)
def test_a_login_is_for_the_very_server_and_scheme(url, fits):
    assert one('{ to = "https://paper.example", header = "X-Key", env = "KEY" }').login.is_for(url) is fits


@pytest.mark.parametrize(
    "login",
    [
        f'"{SECRET}"',
        f'{{ to = "https://paper.example", header = "X-Key", value = "{SECRET}" }}',
        '{ to = "https://paper.example", header = "X-Key" }',
        '{ to = "https://paper.example", env = "KEY" }',
        '{ header = "X-Key", env = "KEY" }',
        '{ to = "paper.example", header = "X-Key", env = "KEY" }',
        '{ to = "https://paper.example/subscribers/", header = "X-Key", env = "KEY" }',
        '{ to = "https://paper.example", header = "X-Key", cookie = "a", env = "KEY" }',
        '{ to = "https://paper.example", header = "X-Key", env = "KEY", file = "k" }',
        '{ to = "https://paper.example", header = "Host", env = "KEY" }',
        '{ to = "https://paper.example", header = "Cookie", env = "KEY" }',
        '{ to = "https://paper.example", header = "X Key", env = "KEY" }',
        f'{{ to = "https://paper.example", header = "X-Key", env = "{SECRET}" }}',
        '{ to = "https://paper.example", header = "X-Key", env = "KEY", optional = "yes" }',
        '{ to = "https://paper.example", cookie = "a", prefix = "b", env = "KEY" }',
    ],
)
def test_a_login_that_is_none_is_refused_without_showing_what_stands_there(login):
    with pytest.raises(SourcesError) as caught:
        one(login)
    assert str(caught.value).startswith("sources.toml: [paper] login: expected { to = ")
    assert SECRET not in str(caught.value)


@pytest.fixture
def crawl(new_operator, web, tmp_path):
    """Crawls the paper with a login that lies where the entry says."""
    web.pages.clear()
    web.asked.clear()

    def run(login, *words, env=None, paths=("a",)):
        items = "".join(f"<item><link>https://paper.example/{path}</link></item>" for path in paths)
        web.add("https://paper.example/feed", f"<rss version='2.0'><channel>{items}</channel></rss>")
        operator = new_operator()
        (tmp_path / "sources.toml").write_text(ENTRY % login)
        operator.settings |= web.settings | {"SOURCES_FILE": str(tmp_path / "sources.toml")}
        operator.environment = env or {}
        operator.ended = operator.run("crawl", "news", "-L", "DEBUG", *words)
        assert SECRET not in operator.ended.out + operator.ended.err
        written = [path for path in operator.data.rglob("*") if path.is_file()]
        assert not [path.name for path in written if SECRET.encode() in path.read_bytes()]
        return operator

    return run


def sent(web, header="X-Key"):
    return {f"{request.host}{request.path}": request.headers.get(header) for request in web.asked}


def test_the_login_goes_to_its_server_and_is_dropped_on_redirects_elsewhere(web, crawl):
    web.add("https://paper.example/a", ARTICLE)
    web.redirect("https://paper.example/b", "https://www.paper.example/b")
    web.add("https://www.paper.example/b", ARTICLE.replace("crane", "ship"))
    web.redirect("https://paper.example/c", "https://paper.example/d")
    web.add("https://paper.example/d", ARTICLE.replace("crane", "light"))
    operator = crawl('header = "X-Key", env = "PAPER_KEY"', env={"PAPER_KEY": f"{SECRET}\n"}, paths=("a", "b", "c"))
    assert operator.ended.code == 0
    assert len(operator.records) == 3
    assert sent(web) == {
        "paper.example/robots.txt": None,
        "paper.example/feed": SECRET,
        "paper.example/a": SECRET,
        "paper.example/b": SECRET,
        "www.paper.example/robots.txt": None,
        "www.paper.example/b": None,
        "paper.example/c": SECRET,
        "paper.example/d": SECRET,
    }


def test_a_cookie_from_a_file_is_sent_also_when_a_request_is_tried_again(web, crawl, tmp_path):
    (tmp_path / "key").write_text(f"{SECRET}\n")
    web.add("https://paper.example/a", "busy", status=500)
    operator = crawl(f'cookie = "session", file = "{tmp_path}/key"', "-s", "RETRY_TIMES=1")
    assert operator.source["total"]["failed"] == {"http_500": 1}
    asked = [request.headers.get("Cookie") for request in web.asked if request.path == "/a"]
    assert asked == [f"session={SECRET}"] * 2


@pytest.mark.parametrize(
    ("login", "env"),
    [
        ('header = "X-Key", env = "PAPER_KEY"', {}),
        ('header = "X-Key", env = "PAPER_KEY"', {"PAPER_KEY": f"{SECRET}\r\nX-Evil: 1"}),
        ('header = "X-Key", file = "/nowhere/key"', {}),
    ],
    ids=["no variable", "two lines", "no file"],
)
def test_a_login_that_is_not_there_is_named_and_nothing_is_asked_for(web, crawl, login, env):
    operator = crawl(login, env=env)
    assert operator.ended.code == 4
    assert operator.source["outcome"] == "login_missing"
    assert not [request for request in web.asked if request.path != "/robots.txt"]


def test_an_optional_login_that_is_not_there_is_done_without(web, crawl):
    web.add("https://paper.example/a", ARTICLE)
    operator = crawl('header = "X-Key", env = "PAPER_KEY", optional = true')
    assert (operator.ended.code, len(operator.records)) == (0, 1)
    assert set(sent(web).values()) == {None}


@pytest.mark.parametrize("answer", ["401", "wall", "elsewhere"])
def test_a_login_that_has_expired_is_named_and_the_articles_stay_for_later(web, crawl, answer):
    for path in "abcdefgh":
        if answer == "401":
            web.add(f"https://paper.example/{path}", "no", status=401)
        elif answer == "wall":
            web.add(f"https://paper.example/{path}", WALL)
        else:
            web.redirect(f"https://paper.example/{path}", "https://login.example/sso")
    operator = crawl(
        'header = "X-Key", env = "PAPER_KEY"', "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=1",
        env={"PAPER_KEY": SECRET}, paths="abcdefgh",
    )  # fmt: skip
    assert operator.source["outcome"] == "login_expired"
    total = operator.source["total"]
    assert set(total["failed"]) == {"login_expired"}
    assert total["pending"] + total["failed"]["login_expired"] == 8
    assert total["pending"] >= 5
    assert all(not path.startswith("login.example") or key is None for path, key in sent(web).items())
