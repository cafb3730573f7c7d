"""What an operator asks for with -a NAME=VALUE: read as meant, or refused in one sentence before any request."""

from datetime import UTC, datetime

import pytest

from crawler.sources import SourcesError
from crawler.spiders.plan import plan_pages, plan_sites

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = 86_400


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "sources.toml"
    path.write_text(
        '[courier]\nhome = "https://www.courier.com/"\n[herald]\nhome = "https://herald.com/"\n'
        '[resting]\nhome = "https://resting.com/"\nenabled = false\n'
    )
    return path


@pytest.fixture
def sites(file):
    return lambda **arguments: plan_sites(arguments, sources_file=file, now=NOW)


@pytest.fixture
def pages(file):
    return lambda **arguments: plan_pages(arguments, sources_file=file, now=NOW)


def ids(plan):
    return [source.id for source in plan.sources]


def test_without_arguments_every_enabled_source_is_visited_when_due(sites):
    plan = sites()
    assert (ids(plan), plan.is_named, plan.allow_private) == (["courier", "herald"], False, ())


def test_sources_asked_for_by_name_are_visited_now_also_one_that_rests(sites):
    plan = sites(source="herald, resting,herald")
    assert (ids(plan), plan.is_named, plan.allow_private) == (["herald", "resting"], True, ())


def test_a_site_asked_for_by_address_is_its_source_where_there_is_one(sites):
    plan = sites(url="https://courier.com/world,https://unknown.com/")
    assert ids(plan) == ["courier", "unknown-com"]
    assert plan.is_named


def test_only_an_address_on_the_command_line_may_be_private(sites):
    assert sites(url="http://127.0.0.1:8123/").allow_private == ("127.0.0.1:8123",)
    assert sites(source="courier").allow_private == ()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"source": "couriers"}, "did you mean courier?"),
        ({"source": "qqqqqq"}, "`scrapy sources` lists them"),
        ({"sorce": "courier"}, "-a sorce=: unknown argument, did you mean source?"),
        ({"q": "1"}, "known are source, url, country, correct, shard, since, limit, lang, section, match"),
        ({"source": "courier", "url": "https://x.com/"}, "expected one of them, got 2"),
        ({"url": "not an address"}, "expected a web address"),
        ({"url": "file:///etc/passwd"}, "expected a web address"),
        ({"source": " , "}, "expected at least one source"),
        ({"url": ""}, "expected at least one web address"),
    ],
)
def test_what_cannot_be_visited_is_refused(sites, arguments, told):
    with pytest.raises(SourcesError) as caught:
        sites(**arguments)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2d", NOW.timestamp() - 2 * DAY),
        ("90m", NOW.timestamp() - 5400),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC).timestamp()),
        ("2026-11-20T10:00", datetime(2026, 11, 20, 10, tzinfo=UTC).timestamp()),
        ("2026-11-20T10:00+03:00", datetime(2026, 11, 20, 7, tzinfo=UTC).timestamp()),
        ("0001-01-01T00:00+23:59", -62_135_683_140),
    ],
)
def test_since_is_a_duration_or_a_date_in_utc_unless_it_says_otherwise(sites, text, moment):
    assert sites(since=text).since == moment


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("since", "yesterday"),
        ("since", ""),
        ("since", "2026-13-45"),
        ("limit", "0"),
        ("limit", "-5"),
        ("limit", "ten"),
        ("limit", "²"),
        ("limit", ""),
        ("lang", "english"),
        ("lang", "e"),
        ("section", ""),
        ("section", " , "),
        ("match", "("),
        ("match", "a{99999999999999}"),
        ("match", "(" * 3000 + ")" * 3000),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused_by_its_name(sites, name, value):
    with pytest.raises(SourcesError, match=f"^-a {name}=: "):
        sites(**{name: value})


def test_filters_are_read(sites):
    plan = sites(limit="20", lang="EN", match="/2026/")
    assert (plan.limit, plan.language) == (20, "en")
    assert plan.match.search("https://courier.com/2026/a")


def test_pages_are_sorted_to_the_sources_of_their_sites(pages):
    plan = pages(url="https://courier.com/a,https://courier.com/b,https://unknown.com/news/c")
    assert plan.pages == {
        "courier": ("https://courier.com/a", "https://courier.com/b"),
        "unknown-com": ("https://unknown.com/news/c",),
    }
    assert plan.sources[1].home == "https://unknown.com/"


def test_pages_of_a_file_skip_comments_and_name_the_lines_that_are_none(pages, tmp_path):
    path = tmp_path / "urls.txt"
    path.write_bytes(b"# comment\n\n  https://courier.com/a  \nnonsense\xff\nhttp://127.0.0.1:1/x\n")
    plan = pages(file=str(path))
    assert set(plan.pages) == {"courier", "127-0-0-1-1"}
    (mistake,) = plan.mistakes
    assert mistake.startswith(f"{path}:4: expected a web address")
    assert plan.allow_private == ()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({}, "either -a url=URL,URL or -a file=FILE"),
        ({"url": "https://x.com/a", "file": "f"}, "either"),
        ({"url": ""}, "expected at least one web address"),
        ({"url": "nonsense"}, "expected a web address"),
        ({"file": "/nowhere/urls.txt"}, "expected a readable file"),
        ({"file": "/"}, "expected a readable file"),
        ({"source": "courier"}, "unknown argument"),
    ],
)
def test_pages_that_cannot_be_fetched_are_refused(pages, arguments, told):
    with pytest.raises(SourcesError) as caught:
        pages(**arguments)
    assert told in str(caught.value)


def test_a_site_may_be_named_without_its_scheme(sites):
    plan = sites(url="Unknown.com/world,www.courier.com")
    assert [source.home for source in plan.sources] == ["https://unknown.com/world", "https://www.courier.com/"]
