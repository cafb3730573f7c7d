"""The years that have passed: only the documents and articles of a period, newest first, gone on with after a stop."""

from datetime import UTC, datetime

import pytest

from crawler.discovery.periods import article_period, document_period, read_period
from crawler.sources import SourcesError
from crawler.spiders.plan import plan_sites

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
INDEX = "https://paper.example/archive/index.xml"
XML = "application/xml"


def sitemap(*entries):
    items = "".join(f"<url><loc>https://paper.example{path}</loc>{date}</url>" for path, date in entries)
    return f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{items}</urlset>'


def lastmod(day):
    return f"<lastmod>{day}</lastmod>"


def article(name, day):
    paragraph = (
        f"<p>The harbour master said of {name} that the old crane on the pier will stay where it is for now.</p>"
    )
    published = f"<meta property='article:published_time' content='{day}T10:00:00Z'>" if day else ""
    return (
        f"<html lang='en'><head><title>The crane {name} stays</title>{published}</head>"
        f"<body><h1>The crane {name} stays</h1>{paragraph * 6}</body></html>"
    )


@pytest.fixture
def site(web):
    web.pages.clear()
    return web


@pytest.fixture
def backfill(new_operator, web, tmp_path):
    operator = new_operator()
    (tmp_path / "sources.toml").write_text(
        '[paper]\nhome = "https://paper.example/"\nexplore = false\nlanguage = "en"\n'
        f'archives = ["{INDEX}", "https://paper.example/archive/"]\n'
    )
    operator.settings |= web.settings | {"SOURCES_FILE": str(tmp_path / "sources.toml")}
    # One after the other, so that the order of the requests is that of the plan.
    operator.settings |= {"CONCURRENT_REQUESTS_PER_DOMAIN": "1"}

    def run(*words, period="2019-01..2020-12", **settings):
        web.asked.clear()
        operator.settings |= settings
        operator.ended = operator.run("crawl", "news", "-a", f"backfill={period}", *words)
        operator.asked = [request.path for request in web.asked if request.path != "/robots.txt"]
        return operator

    return run


@pytest.fixture
def archive(site):
    """Four dated children, one whose lastmod says that it is too old, and articles in and around 2019 and 2020."""
    months = {
        "2018-12": [("/news/crane-of-2018-12-20", lastmod("2018-12-20"))],
        "2019-03": [("/2019/03/05/the-old-crane-stays", ""), ("/2019/03/07/the-new-crane-goes", "")],
        "2020-12": [
            ("/world/crane-without-any-date-at-all", ""),
            ("/world/crane-of-the-next-year-moved", ""),
            ("/world/crane-changed-before-christmas", lastmod("2020-12-20")),
            ("/world/crane-changed-two-years-later", lastmod("2022-12-20")),
        ],
        "2021-01": [("/news/crane-of-2021-01-20", lastmod("2021-01-20"))],
    }
    children = "".join(
        f"<sitemap><loc>https://paper.example/archive/sitemap-{month}.xml</loc></sitemap>" for month in months
    )
    children += f"<sitemap><loc>https://paper.example/archive/old.xml</loc>{lastmod('2011-02-03')}</sitemap>"
    site.add("https://paper.example/archive/", "<html><body>Nothing yet</body></html>")
    site.add(INDEX, f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{children}</sitemapindex>', XML)
    for month, entries in months.items():
        site.add(f"https://paper.example/archive/sitemap-{month}.xml", sitemap(*entries), XML)
    days = {
        "/2019/03/05/the-old-crane-stays": "2019-03-05",
        "/2019/03/07/the-new-crane-goes": "2019-03-07",
        "/world/crane-without-any-date-at-all": "2020-12-02",
        "/world/crane-of-the-next-year-moved": "2021-02-03",
        "/world/crane-changed-before-christmas": "2020-12-19",
    }
    for path, day in days.items():
        site.add(f"https://paper.example{path}", article(path.rpartition("/")[2], day))
    return site


DATED = [
    "/world/crane-changed-before-christmas",
    "/2019/03/07/the-new-crane-goes",
    "/2019/03/05/the-old-crane-stays",
]
UNDATED = {"/world/crane-without-any-date-at-all", "/world/crane-of-the-next-year-moved"}


def articles(asked):
    return [path for path in asked if not path.startswith("/archive/")]


def stored(operator):
    return {record["url"].removeprefix("https://paper.example") for record in operator.records}


@pytest.mark.usefixtures("archive")
def test_only_what_may_be_of_the_period_is_asked_for_newest_first_and_the_undated_last(backfill):
    operator = backfill()
    assert operator.ended.code == 0, operator.ended.err
    children = [path for path in operator.asked if path.endswith(".xml")]
    assert children == ["/archive/index.xml", "/archive/sitemap-2020-12.xml", "/archive/sitemap-2019-03.xml"]
    assert articles(operator.asked)[:3] == DATED
    assert set(articles(operator.asked)[3:]) == UNDATED
    assert stored(operator) == {*DATED, "/world/crane-without-any-date-at-all"}
    assert operator.source["filtered"] == 2
    again = backfill()
    assert articles(again.asked) == []
    assert again.ended.code == 0
    assert [path for path in again.asked if path.endswith(".xml")] == ["/archive/index.xml"]


@pytest.mark.usefixtures("archive")
def test_a_run_goes_on_where_the_budget_ended_the_one_before(backfill):
    fetched, codes = [], []
    for _ in range(2):
        operator = backfill(SOURCE_PAGES="7")
        fetched += articles(operator.asked)
        codes.append(operator.ended.code)
    assert codes == [5, 0]
    assert sorted(fetched) == sorted([*DATED, *UNDATED])
    assert stored(operator) == {*DATED, "/world/crane-without-any-date-at-all"}


def test_an_archive_page_is_followed_until_the_period_begins(backfill, site):
    site.add(INDEX, sitemap(), XML)
    for page, year in enumerate(range(2021, 2011, -1), 1):
        links = "".join(
            f'<li><a href="/{year}/0{month}/11/the-crane-of-the-harbour-{year}-{month}">The crane stays once more</a>'
            for month in (1, 2)
        )
        address = "https://paper.example/archive/" + (f"?page={page}" if page > 1 else "")
        site.add(
            address, f'<html><body>{links}<a rel="next" href="/archive/?page={page + 1}">{page + 1}</a></body></html>'
        )
        for month in (1, 2):
            path = f"/{year}/0{month}/11/the-crane-of-the-harbour-{year}-{month}"
            site.add(f"https://paper.example{path}", article(f"{year}-{month}", f"{year}-0{month}-11"))
    operator = backfill(period="2014..2015-06-30", SOURCE_PAGES="6")
    assert operator.ended.code == 5
    assert articles(operator.asked) == []
    operator = backfill(period="2014..2015-06-30", SOURCE_PAGES="500")
    pages = [path for path in operator.asked if path.startswith("/archive/?")]
    assert pages == ["/archive/?page=6", "/archive/?page=7", "/archive/?page=8", "/archive/?page=9"]
    assert [path[:8] for path in articles(operator.asked)] == ["/2015/02", "/2015/01", "/2014/02", "/2014/01"]
    assert operator.ended.code == 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0001..2020", "nothing before 1990"),
        ("0000..2020", "nothing before 1990"),
        ("1989-12-31..2020", "nothing before 1990"),
        ("2026-12..2027", "nothing in the future"),
        ("2020..2027", "nothing in the future"),
        ("2020-12..2019-01", "FROM before TO"),
        ("2019", "expected FROM..TO such as 2019-01..2020-12"),
        ("2019-13..2020", "expected FROM..TO"),
        ("2019-02-30..2020", "expected FROM..TO"),
        ("..", "expected FROM..TO"),
        ("garbage\n..x", "expected FROM..TO"),
    ],
)
def test_a_period_that_is_none_is_refused(text, told):
    with pytest.raises(ValueError, match=told):
        read_period(text, now=NOW)


@pytest.mark.usefixtures("archive")
def test_a_wrong_period_ends_in_one_line_and_asks_for_nothing(backfill):
    operator = backfill(period="0001..2020")
    assert operator.ended.code == 2
    assert operator.ended.err == '-a backfill=: expected nothing before 1990, got "0001..2020"\n'
    assert operator.asked == []


@pytest.mark.parametrize("other", ["since", "until"])
def test_a_period_and_another_bound_are_refused(tmp_path, other):
    (tmp_path / "s.toml").write_text('[paper]\nhome = "https://paper.example/"\n')
    with pytest.raises(SourcesError, match=other):
        plan_sites({"backfill": "2019..2020", other: "2d"}, sources_file=tmp_path / "s.toml", now=NOW)


def test_both_ends_of_a_period_are_whole():
    period = read_period("2019-02..2020", now=NOW)
    assert datetime.fromtimestamp(period.begin, UTC) == datetime(2019, 2, 1, tzinfo=UTC)
    assert datetime.fromtimestamp(period.end, UTC) == datetime(2020, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert read_period("2019..2026", now=NOW).end > NOW.timestamp()


@pytest.mark.parametrize(
    ("address", "begin"),
    [
        ("sitemap-2019-03.xml", (2019, 3, 1)),
        ("sitemap201903.xml", (2019, 3, 1)),
        ("2019/3/", (2019, 3, 1)),
        ("sitemap.xml?yyyy=2019&mm=03&dd=05", (2019, 3, 5)),
        ("sitemap_2019_2.xml", (2019, 1, 1)),
        ("post-sitemap2010.xml", None),
        ("sitemap-2019-02-30.xml", (2019, 1, 1)),
        ("sitemap-12.xml", None),
    ],
)
def test_the_date_in_the_name_of_a_sitemap_is_read(address, begin):
    found = document_period(f"https://paper.example/{address}")
    assert (found and datetime.fromtimestamp(found.begin, UTC)) == (begin and datetime(*begin, tzinfo=UTC))


def test_a_year_in_the_address_of_an_article_is_no_date():
    assert article_period("https://paper.example/2019/best-cranes-of-2019") is None
    assert article_period("https://paper.example/2019/mar/05/crane") is not None
    assert article_period("https://paper.example/20191399-crane") is None
