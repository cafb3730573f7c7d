"""The source file: what a good one gives, and that each mistake is one sentence with file, table, key and value."""

import pytest

from crawler.sources import (
    Source,
    SourcesError,
    load_sources,
    parse_sources,
    source_for,
    source_of,
)
from crawler.sources.keys import duration

GOOD = """
[courier]
home = "https://www.courier.org"
name = "The Courier"
feeds = ["https://feeds.courier.example/all"]
sitemaps = ["https://www.courier.example/news.xml"]
pages = ["https://www.courier.example/world/"]
allow = ["/news/", "/world/"]
deny = "/world/live/"
language = "en-GB"
timezone = "Europe/London"
delay = 5
every = "15m"
hosts = ["Courier-Sport.example"]
expect = { articles_per_day = [3, 40] }
enabled = false

[herald]
home = "https://herald.example/"
"""


def one(**keys):
    text = "\n".join(f"{key} = {value}" for key, value in ({"home": '"https://courier.example/"'} | keys).items())
    return parse_sources(f"[courier]\n{text}\n", where="sources.toml")["courier"]


def test_a_good_file_gives_every_key_of_every_source_in_its_order():
    sources = parse_sources(GOOD, where="sources.toml")
    assert list(sources) == ["courier", "herald"]
    courier = sources["courier"]
    assert courier.home == "https://www.courier.org/"
    assert courier.feeds == ("https://feeds.courier.example/all",)
    assert (courier.delay, courier.every, courier.enabled) == (5.0, 900.0, False)
    assert courier.articles_per_day == (3.0, 40.0)
    assert courier.domains == ("courier.org", "courier-sport.example")
    assert not courier.is_explored


def test_a_source_of_which_only_the_home_page_is_known_is_explored():
    herald = parse_sources(GOOD, where="sources.toml")["herald"]
    assert herald.is_explored
    assert (herald.every, herald.delay, herald.enabled) == (None, None, True)


def test_the_file_that_ships_with_the_project_is_good():
    from pathlib import Path

    import crawler

    assert load_sources(Path(crawler.__file__).with_name("sources.toml"))


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("15m", 900), ("2h", 7200), ("1.5d", 129_600), (" 1 w ", 604_800), ("0s", 0)]
)
def test_a_duration_is_a_number_and_a_unit(text, seconds):
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "15", "m", "-1h", "1h30m", "1y", "1e3s", "٣h5", "nan h"])
def test_what_is_no_duration_is_refused_with_examples(text):
    with pytest.raises(ValueError, match='expected a duration such as "15m"'):
        duration(text)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("home", '"ftp://courier.example/"'),
        ("home", '"https://user:secret@courier.example/"'),
        ("home", "1"),
        ("name", '"  "'),
        ("feeds", '"https://courier.example/feed"'),
        ("feeds", '["courier.example/feed"]'),
        ("feeds", "[1]"),
        ("allow", '""'),
        ("allow", "[]"),
        ("allow", '"("'),
        ("deny", '"a{99999999999999999999}"'),
        ("deny", f'"{"(" * 3000}{")" * 3000}"'),
        ("language", '"English"'),
        ("timezone", '"Europe/Harbour"'),
        ("delay", "-1"),
        ("delay", "nan"),
        ("delay", "inf"),
        ("delay", "true"),
        ("every", '"often"'),
        ("hosts", '["https://courier.example/"]'),
        ("hosts", '["courier.example:8080"]'),
        ("expect", "5"),
        ("expect", "{ articles_per_day = [5] }"),
        ("expect", "{ articles_per_day = [5, 1] }"),
        ("expect", '{ articles_per_day = ["a", "b"] }'),
        ("expect", "{ articles = [1, 5] }"),
        ("enabled", '"yes"'),
        ("only", '"en"'),
        ("only", "{}"),
        ("only", '{ lang = "English" }'),
        ("only", '{ section = [""] }'),
        ("only", '{ since = "often" }'),
        ("only", '{ match = "/a/" }'),
        ("explore", '"yes"'),
        ("country", '"Germany"'),
        ("news_sitemaps", '"https://courier.example/news.xml"'),
        ("archives", "[1]"),
        ("verified", '"2026-11-22"'),
        ("verified", "{ form = 2026-11-22T10:00:00 }"),
        ("verified", "{ looked = 2026-11-22 }"),
    ],
)
def test_a_wrong_value_is_named_with_file_table_and_key(key, value):
    with pytest.raises(SourcesError) as caught:
        one(**{key: value})
    assert str(caught.value).startswith(f"sources.toml: [courier] {key}: expected ")
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("name", ["../courier", "Courier", "-courier", "a" * 65, "cour ier", ""])
def test_an_id_that_is_no_file_name_is_refused(name):
    with pytest.raises(SourcesError, match="expected an id"):
        parse_sources(f'["{name}"]\nhome = "https://courier.example/"', where="sources.toml")


def test_a_key_outside_every_table_is_refused():
    with pytest.raises(SourcesError, match=r"home: expected a table \[home\]"):
        parse_sources('home = "https://courier.example/"', where="sources.toml")


@pytest.mark.parametrize("content", [b"[courier]\nname = '\xff'", b"\x00", b"[a]\n[a]\n"])
def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path, content):
    path = tmp_path / "sources.toml"
    path.write_bytes(content)
    with pytest.raises(SourcesError, match=r"sources\.toml: expected "):
        load_sources(path)


def test_a_directory_is_no_source_file(tmp_path):
    with pytest.raises(SourcesError, match="expected a readable source file"):
        load_sources(tmp_path)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://courier.example/news/a", None),
        ("https://sport.courier.example/news/a", None),
        ("https://partner.example/news/a", None),
        ("https://notcourier.example/news/a", "off_site"),
        ("https://courier.example.evil.example/news/a", "off_site"),
        ("https://courier.example/shop/a", "not_allowed"),
        ("https://courier.example/news/video/a", "denied"),
    ],
)
def test_a_source_says_why_an_address_is_none_of_its_articles(url, reason):
    source = one(allow="'/news/'", deny="'/video/'", hosts="['partner.example']")
    assert source.refuses(url) == reason


def source(name, home, **more):
    return Source(id=name, home=home, **more)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://courier.example/a", "courier"),
        ("https://www.courier.example/a", "courier"),
        ("https://russian.courier.example/a", "russian"),
        ("https://partner.example/a", "courier"),
        ("http://127.0.0.1:8001/a", "one"),
        ("http://127.0.0.1:8002/a", "two"),
        ("http://127.0.0.1:8003/a", None),
        ("https://elsewhere.example/a", None),
    ],
)
def test_an_address_belongs_to_the_source_of_its_host_before_that_of_its_domain(url, found):
    sources = [
        source("courier", "https://courier.example/", hosts=("partner.example",)),
        source("russian", "https://russian.courier.example/"),
        source("one", "http://127.0.0.1:8001/"),
        source("two", "http://127.0.0.1:8002/"),
    ]
    known = source_for(url, sources)
    assert (known.id if known else None) == found


def test_of_two_sources_that_hold_an_address_the_one_with_the_narrower_domain_is_meant():
    wide, narrow = (
        source("wide", "https://paper.example/"),
        source("narrow", "https://x.example/", hosts=("a.paper.example",)),
    )
    for sources in ((wide, narrow), (narrow, wide)):
        assert source_for("https://a.paper.example/story", sources) is narrow
        assert source_for("https://b.paper.example/story", sources) is wide


@pytest.mark.parametrize("url", ["", "courier.example", "ftp://courier.example/", "javascript:alert(1)", "https://"])
def test_a_site_cannot_be_made_of_what_is_no_web_address(url):
    with pytest.raises(SourcesError, match="expected a web address"):
        source_of(url)


def test_a_site_made_on_the_fly_has_an_id_that_is_a_file_name():
    assert source_of("https://www.courier.example/../../etc").id == "courier-example"


def test_a_source_says_when_its_articles_are_looked_at_again():
    (source,) = parse_sources('[a]\nhome = "https://a.example/"\nrevisit = ["30m", "2d"]', where="x").values()
    assert source.revisit == (1800, 172_800)
    (never,) = parse_sources('[a]\nhome = "https://a.example/"\nrevisit = []', where="x").values()
    assert never.revisit == ()


@pytest.mark.parametrize("found", ['"1h"', '["soon"]', '["6h", "1h"]', '["0h"]', "[1]"])
def test_a_mistake_in_the_schedule_is_explained(found):
    with pytest.raises(SourcesError, match=r"x: \[a\] revisit: expected a list of durations"):
        parse_sources(f'[a]\nhome = "https://a.example/"\nrevisit = {found}', where="x")
