"""The web on this machine: sites of any name, by https, under certificates of their own."""

import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import attrs
import trustme

#: Names that the server has a certificate for.
HOSTS = (
    *("www.themoscowtimes.com", "www.moscowtimes.ru", "apnews.com", "novayagazeta.ru", "360.ru", "360tv.ru"),
    *("www.osce.org", "vk.com", "api.vk.com", "paper.example", "www.paper.example", "login.example", "moved.example"),
)


@attrs.frozen
class Asked:
    """One request as the server saw it."""

    host: str
    path: str
    headers: dict


class Web(ThreadingHTTPServer):
    """Sites of any name on this machine, by https.

    ``pages`` holds status, content type, body and headers by (host, path); all else is answered with 404.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Site)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert(*HOSTS).configure_cert(context)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.pages = {}
        self.asked = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        """A client that hangs up is no error of ours."""

    def add(self, url, body, kind="text/html; charset=utf-8", status=200, **headers):
        host, _, path = url.removeprefix("https://").partition("/")
        data = body if isinstance(body, bytes) else body.encode()
        self.pages[host, f"/{path}"] = (status, kind, data, headers)

    def redirect(self, url, to):
        self.add(url, "", status=302, Location=to)

    def asked_of(self, host):
        return [request for request in self.asked if request.host == host]

    @property
    def settings(self):
        """What a crawl needs to take this machine for the whole web."""
        return {
            "TWISTED_DNS_RESOLVER": "tests.loopback.Loopback",
            "LOOPBACK_PORT": str(self.server_address[1]),
            "DOWNLOAD_VERIFY_CERTIFICATES": "0",
        }


class _Site(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        host = self.headers["Host"]
        self.server.asked.append(Asked(host, self.path, dict(self.headers)))
        missing = (404, "text/plain", b"not here", {})
        status, kind, body, headers = self.server.pages.get((host, self.path), missing)
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Quiet: what was asked is remembered."""
