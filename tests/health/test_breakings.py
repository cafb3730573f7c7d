"""Every way of breaking a source is named within three runs, said once, and taken back once; quiet days raise nothing.

One crawl a day of a whole set of small sites: the first six days all are well, the next three each is broken in its own
way, then they are well again. The healthy ones are crawled to the end, in large for two weeks.
"""

import json
from datetime import UTC, datetime, timedelta

import attrs
import pytest

BEGIN = datetime(2026, 11, 2, 12, 30, tzinfo=UTC)  # a Monday
WELL, BROKEN, REPAIRED = 6, 3, 2
#: So long the sites that nothing happens to are visited.
FORTNIGHT = 14


def of_articles(change):
    """Breaks article pages only."""

    def broken(site, path, status, headers, body):
        story = next((story for story in site.stories if story.path == path), None)
        return change(site, story, status, headers, body) if story else (status, headers, body)

    return broken


def page(**changes):
    return of_articles(lambda site, story, *_: (200, {}, site.page(story, **changes)))


def fixed(path, status, body, **headers):
    """Answers *path* (or all) so."""
    return lambda _, asked, *sound: (status, headers, body) if path in (None, asked) else sound


CONSENT = (
    "<html><head><title>Before you continue</title></head><body><div id='consent'><h1>We value your privacy</h1>"
    "<p>We and our partners store cookies. Please accept cookies to continue to the site.</p>"
    "<button>Accept all</button><button>Reject all</button></div></body></html>"
)
NOTICE = ["Dear readers, our pages are being moved to a new house these days, and their texts follow soon. " * 5] * 4


def cut(site, story, *_):
    return 200, {}, site.page(story, paragraphs=story.paragraphs()[:1])


def today(site, story, *_):
    return 200, {}, site.page(story, dated=site.clock.isoformat())


def german_now(site, story, *_):
    from_german = story.paragraphs(site.german)
    return 200, {}, site.page(story, language="de", paragraphs=from_german)


#: What happens to a site, and what it must be called.
BREAKINGS = {
    "dates": (page(dated=None), "dates_gone"),
    "today": (of_articles(today), "dated_today"),
    "authors": (page(author=None), "authors_gone"),
    "cut": (of_articles(cut), "text_short"),
    "german": (of_articles(german_now), "language_changed"),
    "redesign": (page(dated=None, author=None), "layout_changed"),
    "scripted": (
        of_articles(lambda *_: (200, {}, "<html><title>News</title><div id=app></div></html>")),
        "no_articles",
    ),
    "identical": (page(paragraphs=NOTICE), "same_text"),
    "consent": (of_articles(lambda *_: (200, {}, CONSENT)), "walls"),
    "pages403": (of_articles(lambda *_: (403, {}, "no")), "blocked"),
    "all403": (fixed(None, 403, "Access denied"), "blocked"),
    "feed429": (fixed("/feed.rss", 429, "slow down"), "rate_limited"),
    "html": (fixed("/feed.rss", 200, "<!doctype html><title>The Local</title><p>Welcome"), "feed_broken"),
    "gone": (fixed("/feed.rss", 404, "not here"), "http_404"),
    "empty": (fixed("/feed.rss", 200, "<rss version='2.0'><channel><title>x</title></channel></rss>"), "no_links"),
    "robots": (fixed("/robots.txt", 200, "User-agent: *\nDisallow: /\n"), "robots_denied"),
    "slow": (fixed("/feed.rss", None, 6.0), "timeout"),
    "dns": (None, "dns"),
}
#: One for each thing that may break: a field, texts, pages, the feed, the server.
FEW = ("dates", "cut", "consent", "pages403", "empty", "dns")


def thrice_a_day(moment):
    return moment.hour in (2, 4, 6)


HEALTHY = {
    "steady": thrice_a_day,
    "weekdays": lambda moment: moment.weekday() < 5 and moment.hour in (8, 10, 11),
    "weekly": lambda moment: moment.weekday() == 2 and moment.hour == 9,
}


@pytest.fixture(
    params=[
        pytest.param((FEW, WELL + BROKEN + REPAIRED), id="a few"),
        pytest.param((tuple(BREAKINGS), FORTNIGHT), id="all", marks=pytest.mark.thorough),
    ]
)
def fortnight(request, operator, site_class, german, tmp_path):
    """Crawls once a day and returns what each run said, by day."""
    breakings, days = request.param
    schedules = dict.fromkeys(breakings, thrice_a_day) | HEALTHY
    sites = {name: site_class(number, schedule) for number, (name, schedule) in enumerate(schedules.items(), 2)}
    file, alerts = tmp_path / "sources.toml", tmp_path / "alerts.jsonl"
    operator.settings |= {
        "SOURCES_FILE": str(file),
        "ALLOW_PRIVATE": ",".join(site.host_port for site in sites.values()),
        "DOWNLOAD_TIMEOUT": "5",
        "ON_ALERT": f"sh -c 'cat >> {alerts}; echo >> {alerts}'",
    }
    for name, site in sites.items():
        site.german = german
        site.now = BEGIN - timedelta(days=8 if name == "weekly" else 2)
    said = {}
    for day in range(1, days + 1):
        operator.now = BEGIN + timedelta(days=day)
        is_broken = WELL < day <= WELL + BROKEN
        for name, site in sites.items():
            site.broken = BREAKINGS[name][0] if is_broken and name in breakings else None
            site.clock = operator.now
            site.advance(operator.now - timedelta(minutes=20))
        visited = HEALTHY if day > WELL + BROKEN + REPAIRED else sites
        file.write_text("".join(stanza(name, sites[name], is_broken) for name in visited))
        said[day] = operator.run("crawl", "news", seconds=200)
    yield Fortnight(breakings, said, [json.loads(line) for line in alerts.read_text().splitlines()])
    for site in sites.values():
        site.close()


def stanza(name, site, is_broken):
    feed = "http://no-such-host.invalid/feed.rss" if name == "dns" and is_broken else f"{site.url}feed.rss"
    return f'[{name}]\nhome = "{site.url}"\nfeeds = ["{feed}"]\nevery = "1h"\n'


@attrs.frozen
class Fortnight:
    breakings: tuple
    said: dict
    """How the run of each day ended."""
    alerts: list
    """What the operator's command was told."""

    def lines(self, first, last):
        """What was said from one day to another, by source: the first word after its name."""
        found = {}
        for day in range(first, last + 1):
            for line in self.said[day].err.splitlines():
                name, _, told = line.partition(": ")
                found.setdefault(name, []).append(told.partition(": ")[0].partition(" after ")[0])
        return found


@pytest.mark.timeout(900)  # fourteen crawls, one after another
def test_every_break_is_named_rightly_within_three_runs_and_said_once_and_healthy_fortnights_raise_nothing(fortnight):
    named = {name: BREAKINGS[name][1] for name in fortnight.breakings}
    assert fortnight.lines(1, WELL) == {}
    assert fortnight.lines(WELL + 1, WELL + BROKEN) == {name: [verdict] for name, verdict in named.items()}
    assert fortnight.lines(WELL + BROKEN + 1, len(fortnight.said)) == {name: ["well again"] for name in named}
    codes = [ended.code for ended in fortnight.said.values()]
    assert codes[:WELL] == [0] * WELL
    assert codes[WELL + 1 : WELL + BROKEN] == [3] * (BROKEN - 1)
    assert codes[-1] == 0
    news = [(one["source"], one["verdict"]) for alert in fortnight.alerts for one in alert["news"]]
    assert sorted(news) == sorted([*named.items(), *((name, "well") for name in named)])
