"""Small news sites that publish by a schedule of their own, and can be broken in any way."""

import random
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import attrs
import pytest

WORDS = (
    "harbour ferry council school bridge market winter budget teacher storm island hospital library engine minister "
    "village quarter railway museum orchestra fisherman election festival lighthouse factory doctor journalist judge "
    "opened closed repaired delayed announced refused welcomed counted measured promised the a in of with after before "
    "because while many few several Monday Thursday spring evening morning old new expensive quiet large northern"
)
GERMAN = (
    "der die das Hafen Schule Brücke Winter Insel Bahnhof Bürgermeister nicht und oder aber heute gestern wurde hat "
    "werden Stadt Straße Zeitung Wasser Abend groß klein neu alt für über zwischen weil nachdem Lehrer Krankenhaus"
)


@attrs.define
class Story:
    number: int
    published: datetime
    site: str

    @property
    def path(self):
        return f"/news/{self.published:%Y/%m/%d}/a-story-of-the-day-in-many-words-{self.number}"

    def paragraphs(self, words=WORDS, count=5):
        chance = random.Random(f"{self.site} {self.number} {words[:9]}")
        sentences = (" ".join(chance.choices(words.split(), k=14)).capitalize() + "." for _ in range(3 * count))
        return [" ".join(three) for three in zip(sentences, sentences, sentences, strict=True)]


class Site:
    """A site of one feed and its article pages, on an address of its own; ``broken`` changes what it answers."""

    def __init__(self, number, schedule):
        self.schedule = schedule
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.stories = []
        self.broken = None
        self._server = ThreadingHTTPServer((f"127.0.1.{number}", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def host_port(self):
        return "{}:{}".format(*self._server.server_address[:2])

    @property
    def url(self):
        return f"http://{self.host_port}/"

    def advance(self, now):
        """Publish what the schedule says until *now*."""
        moment = self.now + timedelta(hours=1)
        while moment <= now:
            if self.schedule(moment):
                self.stories.append(Story(len(self.stories) + 1, moment, self.host_port))
            moment += timedelta(hours=1)
        self.now = now

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path):
        """Return status, headers and body."""
        answer = self._sound(path)
        return self.broken(self, path, *answer) if self.broken else answer

    def _sound(self, path):
        if path == "/robots.txt":
            return 200, {"Content-Type": "text/plain"}, "User-agent: *\nAllow: /\n"
        if path == "/feed.rss":
            return 200, {"Content-Type": "application/rss+xml"}, self.feed()
        story = next((story for story in self.stories if story.path == path), None)
        return (200, {}, self.page(story)) if story else (404, {}, "not here")

    def feed(self, count=30):
        items = "".join(
            f"<item><title>Story {story.number} of the day in many words</title>"
            f"<link>{self.url[:-1]}{story.path}</link>"
            f"<pubDate>{story.published:%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
            for story in reversed(self.stories[-count:])
        )
        return f"<rss version='2.0'><channel><title>The Local</title>{items}</channel></rss>"

    def page(self, story, *, dated=True, author="Tamsin Orrell", language="en", paragraphs=None):
        date = dated if isinstance(dated, str) else story.published.isoformat() if dated else None
        parts = [f'"headline": "Story {story.number} of the day in many words"']
        parts += [f'"datePublished": "{date}"'] if date else []
        parts += [f'"author": {{"@type": "Person", "name": "{author}"}}'] if author else []
        body = "".join(f"<p>{text}</p>" for text in paragraphs or story.paragraphs())
        return (
            f'<!doctype html><html lang="{language}"><head><title>Story {story.number} of the day in many words</title>'
            f'<script type="application/ld+json">{{"@context": "https://schema.org", "@type": "NewsArticle", '
            f"{', '.join(parts)}}}</script></head><body><article><h1>Story {story.number} of the day in many words</h1>"
            f"{body}</article></body></html>"
        )


def _handler(site):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            status, headers, body = site.answer(self.path)
            if status is None:
                time.sleep(body)
                self.close_connection = True
                return
            data = body.encode()
            self.send_response(status)
            for name, value in ({"Content-Type": "text/html; charset=utf-8"} | headers).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args):
            pass

    return Handler


@pytest.fixture(scope="session")
def site_class():
    return Site


@pytest.fixture(scope="session")
def german():
    return GERMAN
