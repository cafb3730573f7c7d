"""Every way of breaking a source is named within three runs, said once, and taken back once; quiet days raise nothing.

One crawl a day over two weeks of a whole set of small sites: the first six days all are well, the next three each is
broken in its own way, then they are well again. The healthy ones are crawled to the end.
"""

import json
from datetime import UTC, datetime, timedelta

import pytest

BEGIN = datetime(2026, 11, 2, 12, 30, tzinfo=UTC)  # a Monday
WELL, BROKEN, DAYS = 6, 3, 14


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
    "all429": (fixed(None, 429, "slow down"), "rate_limited"),
    "html": (fixed("/feed.rss", 200, "<!doctype html><title>The Local</title><p>Welcome"), "feed_broken"),
    "gone": (fixed("/feed.rss", 404, "not here"), "http_404"),
    "empty": (fixed("/feed.rss", 200, "<rss version='2.0'><channel><title>x</title></channel></rss>"), "no_links"),
    "robots": (fixed("/robots.txt", 200, "User-agent: *\nDisallow: /\n"), "robots_denied"),
    "slow": (fixed("/feed.rss", None, 6.0), "timeout"),
    "dns": (None, "dns"),
}


def twice_a_day(moment):
    return moment.hour in (7, 11)


HEALTHY = {
    "steady": twice_a_day,
    "weekdays": lambda moment: moment.weekday() < 5 and moment.hour in (8, 10, 11),
    "weekly": lambda moment: moment.weekday() == 2 and moment.hour == 9,
}


@pytest.fixture(scope="module")
def fortnight(new_operator, site_class, german, tmp_path_factory):
    """Crawls once a day for two weeks and returns what each run said, by day."""
    operator = new_operator()
    schedules = dict.fromkeys(BREAKINGS, twice_a_day) | HEALTHY
    sites = {name: site_class(number, schedule) for number, (name, schedule) in enumerate(schedules.items(), 2)}
    file = tmp_path_factory.mktemp("fortnight") / "sources.toml"
    alerts = file.with_name("alerts.jsonl")
    operator.settings |= {
        "SOURCES_FILE": str(file),
        "ALLOW_PRIVATE": ",".join(site.host_port for site in sites.values()),
        "DOWNLOAD_TIMEOUT": "5",
        "ON_ALERT": f"sh -c 'cat >> {alerts}; echo >> {alerts}'",
    }
    said = {}
    for name, site in sites.items():
        site.german = german
        site.now = BEGIN - timedelta(days=8 if name == "weekly" else 2)
    for day in range(1, DAYS + 1):
        operator.now = BEGIN + timedelta(days=day)
        is_broken = WELL < day <= WELL + BROKEN
        for name, site in sites.items():
            site.broken = BREAKINGS[name][0] if is_broken and name in BREAKINGS else None
            site.clock = operator.now
            site.advance(operator.now - timedelta(minutes=20))
        rest = HEALTHY if day > WELL + BROKEN + 2 else sites
        file.write_text(
            "".join(
                f'[{name}]\nhome = "{site.url}"\nfeeds = ["{_feed(name, site, is_broken)}"]\nevery = "1h"\n'
                for name, site in sites.items()
                if name in rest
            )
        )
        said[day] = operator.run("crawl", "news")
    operator.said = said
    operator.alerts = [json.loads(line) for line in alerts.read_text().splitlines()]
    yield operator
    for site in sites.values():
        site.close()


def _feed(name, site, is_broken):
    return "http://no-such-host.invalid/feed.rss" if name == "dns" and is_broken else f"{site.url}feed.rss"


def lines(operator, days, name):
    return [
        line.split(": ", 1)[1]
        for day in days
        for line in operator.said[day].err.splitlines()
        if line.startswith(f"{name}: ")
    ]


def test_nothing_is_said_while_all_are_well(fortnight):
    assert {day: (ended.code, ended.err) for day, ended in fortnight.said.items() if day <= WELL} == dict.fromkeys(
        range(1, WELL + 1), (0, "")
    )


@pytest.mark.parametrize("name", BREAKINGS)
def test_a_break_is_named_rightly_within_three_runs_and_said_once(fortnight, name):
    (line,) = lines(fortnight, range(WELL + 1, WELL + BROKEN + 1), name)
    assert line.startswith(f"{BREAKINGS[name][1]}: "), line


@pytest.mark.parametrize("name", BREAKINGS)
def test_the_recovery_is_said_once(fortnight, name):
    (line,) = lines(fortnight, range(WELL + BROKEN + 1, DAYS + 1), name)
    assert line.startswith("well again after "), line


@pytest.mark.parametrize("name", HEALTHY)
def test_fourteen_quiet_but_healthy_days_raise_nothing(fortnight, name):
    assert lines(fortnight, range(1, DAYS + 1), name) == []


def test_runs_end_with_3_while_a_source_is_broken_and_with_0_before_and_after(fortnight):
    codes = [ended.code for ended in fortnight.said.values()]
    assert codes[:WELL] == [0] * WELL
    assert codes[WELL + 1 : WELL + BROKEN] == [3] * (BROKEN - 1)
    assert codes[-1] == 0
