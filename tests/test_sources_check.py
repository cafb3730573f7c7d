"""scrapy sources check: verdicts on sources that answer, moved, went stale or broke; the date goes into the entry."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from crawler.sources import load_sources

TODAY = datetime.now(UTC)
FILE = """\
# mine
[paper]
home = "https://paper.example/"
feeds = ["https://paper.example/feed"]   # the only one

[old]
home = "https://www.paper.example/"
feeds = ["https://www.paper.example/feed"]

[broken]
home = "https://360.ru/"
feeds = ["https://360.ru/rss/"]

[stale]
home = "https://apnews.com/"
feeds = ["https://apnews.com/feed", "https://apnews.com/closed/feed"]
"""


def feed(*entries):
    items = "".join(
        f"<item><link>{url}</link><pubDate>{when:%d %b %Y %H:%M:%S} GMT</pubDate></item>" for url, when in entries
    )
    return f"<rss version='2.0'><channel>{items}</channel></rss>"


def article(title, when):
    paragraph = f"<p>{title}: the harbour master said on Monday that the old crane on the pier will stay there.</p>"
    return (
        f"<html lang='en'><head><title>{title}</title><meta property='article:published_time' "
        f"content='{when.isoformat()}'></head><body><h1>{title}</h1>{paragraph * 6}</body></html>"
    )


@pytest.fixture(scope="module")
def checked(web, new_operator, tmp_path_factory):
    web.pages.clear()
    path = tmp_path_factory.mktemp("sources") / "sources.toml"
    path.write_text(FILE)
    fresh, long_ago = TODAY - timedelta(hours=3), TODAY - timedelta(days=90)
    web.add("https://paper.example/feed", feed(*((f"https://paper.example/a{n}", fresh) for n in range(5))))
    for number in range(5):
        web.add(f"https://paper.example/a{number}", article(f"The crane of pier {number} stays", fresh))
    web.redirect("https://www.paper.example/feed", "https://moved.example/feed")
    web.add("https://moved.example/feed", feed(("https://moved.example/a", fresh)))
    web.add("https://360.ru/rss/", "<html><body><p>Nothing here.</p></body></html>")
    web.add("https://apnews.com/robots.txt", "User-agent: *\nDisallow: /closed/\nCrawl-delay: 1\n", kind="text/plain")
    web.add("https://apnews.com/feed", feed(("https://apnews.com/a", long_ago)))
    web.add("https://apnews.com/a", article("An old crane that is gone", long_ago))
    operator = new_operator()
    operator.settings |= web.settings | {"SOURCES_FILE": str(path)}
    operator.file = path
    operator.ended = operator.run("sources", "check")
    return operator


@pytest.mark.parametrize(
    ("source", "verdict"), [("paper", "ok"), ("old", "moved"), ("broken", "feed_broken"), ("stale", "stale")]
)
def test_every_source_has_its_verdict(checked, source, verdict):
    assert checked.ended.code == 3
    assert re.search(rf"^{source} +{verdict}\b", checked.ended.out, re.MULTILINE)


def test_a_good_source_is_told_with_its_freshness_and_fields(checked):
    told = checked.ended.out
    assert "newest article 3 h old\n" in told
    assert "robots.txt of https://paper.example: allows its documents\n" in told
    assert "3 records, 4 of 7 fields in all (not description, authors, mainImage)" in told


def test_what_robots_txt_says_of_each_documents_address_is_told(checked):
    expected = "robots.txt of https://apnews.com: forbids 1 of 2: https://apnews.com/closed/feed; Crawl-delay 1 s"
    assert expected in checked.ended.out


def test_the_date_of_a_good_check_goes_into_its_entry_alone_and_all_else_stays(checked):
    sources = load_sources(checked.file)
    assert [source.id for source in sources.values() if "crawl" in source.verified] == ["paper"]
    without = re.sub(r"verified = .*\n", "", checked.file.read_text())
    assert without == FILE
    assert not checked.data.exists()


def test_an_unknown_source_is_refused_and_one_alone_may_be_checked(checked):
    ended = checked.run("sources", "check", "papers")
    assert (ended.code, ended.err) == (2, 'source: unknown source "papers", did you mean paper?\n')
    assert checked.run("sources", "check", "broken").code == 4


def test_the_stanza_that_probe_prints_passes_the_check(operator, paper, tmp_path):
    probed = operator.run("probe", paper.url)
    file = tmp_path / "sources.toml"
    file.write_text(probed.out[probed.out.index("Stanza for the source file") :].split("\n", 1)[1])
    operator.settings |= {"SOURCES_FILE": str(file), "ALLOW_PRIVATE": paper.host_port}
    ended = operator.run("sources", "check")
    assert (ended.code, ended.err) == (0, ""), ended.out
    (source,) = load_sources(file).values()
    assert source.verified.keys() == {"crawl"}
