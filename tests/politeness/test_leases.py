"""The last look at a lease lies behind everything that a request waits for."""

from twisted.internet.testing import StringTransport
from twisted.web.client import URI
from twisted.web.client import Request as Sent
from twisted.web.http_headers import Headers

from crawler.endings import Stopped
from crawler.politeness.handler import _BoundedFactory


def sent(require):
    """What goes to the server when a connection is there, and what becomes of the request."""
    factory = type("Factory", (_BoundedFactory,), {"limit": 1000, "require": staticmethod(require)})
    protocol = factory(lambda _: None, "test").buildProtocol(None)
    transport, failures = StringTransport(), []
    protocol.makeConnection(transport)
    uri = URI.fromBytes(b"http://courier.example/news/a")
    request = Sent._construct(b"GET", b"/news/a", Headers({b"host": [b"courier.example"]}), None, parsedURI=uri)
    protocol.request(request).addErrback(failures.append)
    return transport, failures


def test_a_request_goes_out_on_a_connection_that_came_in_time():
    asked = []
    transport, failures = sent(asked.append)
    assert asked == ["http://courier.example/news/a"]
    assert transport.value().startswith(b"GET /news/a HTTP/1.1")
    assert not failures


def test_a_request_whose_site_was_lost_while_it_connected_is_not_sent():
    def lost(_):
        raise Stopped("another worker may be at work on the site")

    transport, (failure,) = sent(lost)
    assert (transport.value(), transport.disconnected) == (b"", True)
    assert failure.check(Stopped)
