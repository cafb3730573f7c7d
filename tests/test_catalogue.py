"""The catalogue of outlets that ships: every entry valid and off, chosen by country and language, enabled in a file."""

import re
from datetime import UTC, date, datetime

import pytest

from crawler import urls
from crawler.sources import CATALOGUE, SHIPPED, SourcesError, known_sources, load_sources, shipped_sources
from crawler.sources.editing import HEADER, enabled, verified
from crawler.spiders.plan import plan_sites

OUTLETS = load_sources(CATALOGUE)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINE = """\
# mine
[herald]  # the only one
home = "https://herald.example/"  # home

# last words
"""


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "sources.toml"
    path.write_text(MINE)
    return path


def test_the_catalogue_holds_173_outlets_of_40_countries():
    assert len(OUTLETS) == 173
    assert len({outlet.country for outlet in OUTLETS.values()}) == 40


@pytest.mark.parametrize("outlet", OUTLETS.values(), ids=lambda outlet: outlet.id)
def test_an_outlet_is_off_and_says_its_name_country_language_and_what_was_verified(outlet):
    assert not outlet.enabled
    assert outlet.name
    assert re.fullmatch("[A-Z]{2}", outlet.country)
    assert outlet.language or outlet.id in {"dw", "20min"}  # editions of several languages
    assert outlet.verified == {"form": date(2026, 11, 22)}


def test_no_two_outlets_have_one_home_and_no_document_belongs_to_two():
    homes = [urls.identity_key(outlet.home) for outlet in OUTLETS.values()]
    assert len(set(homes)) == len(homes)
    documents = [url for o in OUTLETS.values() for url in (*o.feeds, *o.news_sitemaps, *o.sitemaps, *o.archives)]
    assert len(set(documents)) == len(documents) > 500


def test_sitemaps_of_whole_sites_are_read_only_where_nothing_tells_what_is_new():
    for outlet in OUTLETS.values():
        assert not (outlet.archives and not outlet.feeds and not outlet.news_sitemaps)
        assert not (outlet.sitemaps and (outlet.feeds or outlet.news_sitemaps))


def test_what_ships_is_known_by_name_but_off_beside_a_file_of_ones_own(mine):
    known = known_sources(mine)
    assert known["herald"].enabled
    assert {"moscowtimes", "spiegel", "lemonde"} <= known.keys()
    assert [source.id for source in known.values() if source.enabled] == ["herald"]


def test_a_table_of_ones_own_goes_before_what_ships(mine):
    mine.write_text('[spiegel]\nhome = "https://mirror.example/"\n')
    assert known_sources(mine)["spiegel"].home == "https://mirror.example/"
    assert shipped_sources()["apnews"].every == load_sources(SHIPPED)["apnews"].every


@pytest.mark.parametrize(("code", "count"), [("de", 51), ("DE", 51), ("uk", 15), ("gb", 15), ("de,at", 56)])
def test_a_country_is_crawled_by_its_code(mine, code, count):
    plan = plan_sites({"country": code}, sources_file=mine, now=NOW)
    assert len(plan.sources) == count
    assert not plan.is_named  # visited when due, as cron wants it


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"country": "xx"}, 'no source of "xx" is known; there are some of at, au'),
        ({"country": "germany"}, 'expected a code such as "de", got "germany"'),
        ({"country": ""}, "country: expected at least one country"),
        ({"country": "de", "source": "herald"}, "expected one of them"),
    ],
)
def test_a_country_that_is_none_is_refused_in_one_sentence(mine, arguments, told):
    with pytest.raises(SourcesError) as caught:
        plan_sites(arguments, sources_file=mine, now=NOW)
    assert told in str(caught.value)


def test_sources_lists_a_country_and_a_language(operator, mine):
    operator.settings["SOURCES_FILE"] = str(mine)
    ended = operator.run("sources", "--country", "za", "--lang", "zu")
    assert (ended.code, ended.err) == (0, "")
    assert len(ended.out.splitlines()) == 4
    assert re.search(r"^ilanganews +off +ZA zu ", ended.out, re.MULTILINE)
    assert operator.run("sources", "--country", "za", "--lang", "de").code == 2


def test_sources_enable_writes_into_ones_own_file_and_keeps_every_word_of_it(operator, mine):
    operator.settings["SOURCES_FILE"] = str(mine)
    ended = operator.run("sources", "--country", "at", "--enable")
    assert ended.code == 0
    assert f"5 sources are on in {mine}" in ended.out
    assert mine.read_text().startswith(MINE)
    assert [source.id for source in load_sources(mine).values() if source.enabled][:2] == ["herald", "derstandard"]
    before = mine.read_bytes()
    assert operator.run("sources", "--country", "at", "--enable").code == 0
    assert mine.read_bytes() == before


def test_sources_enable_begins_a_file_that_keeps_on_what_was_on(operator, tmp_path):
    path = tmp_path / "new.toml"
    shipped = SHIPPED.read_bytes(), CATALOGUE.read_bytes()
    operator.settings["SOURCES_FILE"] = str(path)
    assert operator.run("sources", "--country", "at", "--enable").code == 0
    assert path.read_text().startswith(HEADER)
    sources = load_sources(path)
    on = {source.id for source in load_sources(SHIPPED).values() if source.enabled}
    assert set(sources) == on | {"derstandard", "diepresse", "kleinezeitung", "orf", "sn"}
    assert all(source.enabled for source in sources.values())
    assert (SHIPPED.read_bytes(), CATALOGUE.read_bytes()) == shipped


def test_sources_enable_touches_no_file_with_a_mistake(operator, mine):
    mine.write_text("[herald]\nhome = 1\n")
    operator.settings["SOURCES_FILE"] = str(mine)
    ended = operator.run("sources", "--country", "at", "--enable")
    assert (ended.code, mine.read_text()) == (2, "[herald]\nhome = 1\n")


def test_sources_enable_needs_to_be_told_what(operator):
    ended = operator.run("sources", "--enable")
    assert (ended.code, "--country or --lang" in ended.err) == (2, True)


def test_a_source_that_was_off_is_turned_on_where_it_stands():
    text = '[a]\nhome = "https://a.example/"\nenabled = false  # for now\n\n[b]\nhome = "https://b.example/"\n'
    assert enabled(text, ["a", "b"], shipped=[]) == (
        '[a]\nhome = "https://a.example/"\nenabled = true  # for now\n\n'
        '[b]\nhome = "https://b.example/"\nenabled = true\n'
    )


def test_the_date_of_a_good_crawl_goes_into_its_own_table():
    text = verified(MINE, "herald", day=date(2026, 11, 23))
    assert text == MINE.replace("# home\n", "# home\nverified = {crawl = 2026-11-23}\n")
    again = verified(text, "herald", day=date(2026, 12, 1))
    assert again == text.replace("2026-11-23", "2026-12-01")
