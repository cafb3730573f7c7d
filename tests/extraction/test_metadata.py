"""Who is believed about an article."""

from datetime import UTC, datetime

import pytest

LD = {
    "@context": "https://schema.org",
    "@type": "ReportageNewsArticle",
    "headline": "Saltmere builds a bridge",
    "alternativeHeadline": "Eleven years of debate end",
    "description": "The council has voted.",
    "datePublished": "2026-11-20T08:00:00+01:00",
    "dateModified": "2026-11-20T09:30:00+01:00",
    "author": [{"@type": "Person", "name": "Edda Farrow", "url": "/staff/edda"}, "Jonas Quill"],
    "publisher": {"@type": "NewsMediaOrganization", "name": "The Harbour Courier"},
    "image": {"@type": "ImageObject", "url": "/bridge.jpg", "caption": "The river", "creditText": "T. Orrell"},
    "keywords": "bridges, council, Bridges",
    "articleSection": ["News", "Town"],
    "inLanguage": "en-gb",
    "isAccessibleForFree": "False",
}
OG = (
    '<meta property="og:type" content="article">'
    '<meta property="og:title" content="A bridge at last | The Harbour Courier">'
    '<meta property="og:site_name" content="The Harbour Courier"><meta property="og:description" content="They voted.">'
    '<meta property="article:published_time" content="2026-11-20T07:00:00Z">'
    '<meta property="article:tag" content="river">'
    '<meta property="article:tag" content="town hall"><meta property="article:section" content="Local">'
    '<meta property="og:image" content="https://img.example/b.jpg"><meta property="og:locale" content="en_GB">'
    '<meta name="author" content="By Tamsin Orrell"><link rel="canonical" href="/news/bridge">'
)


def test_jsonld_gives_every_field_it_has(read):
    fields = read(jsonld=LD, lang="").fields
    assert fields["type"] == "ReportageNewsArticle"
    assert fields["headline"] == "Saltmere builds a bridge"
    assert fields["alternativeHeadline"] == "Eleven years of debate end"
    assert fields["description"] == "The council has voted."
    assert fields["datePublished"] == "2026-11-20T08:00:00+01:00"
    assert fields["dateModified"] == "2026-11-20T09:30:00+01:00"
    assert fields["authors"] == [
        {"name": "Edda Farrow", "url": "https://www.harbour-courier.example/staff/edda"},
        {"name": "Jonas Quill"},
    ]
    assert fields["publisher"] == {"name": "The Harbour Courier"}
    image = {"url": "https://www.harbour-courier.example/bridge.jpg", "caption": "The river", "credit": "T. Orrell"}
    assert fields["mainImage"] == image
    assert fields["keywords"] == ["bridges", "council"]
    assert fields["articleSection"] == ["News", "Town"]
    assert fields["inLanguage"] == "en-GB"
    assert fields["isAccessibleForFree"] is False


def test_open_graph_and_meta_answer_where_jsonld_is_silent(read):
    found = read(head=OG)
    assert found.fields["headline"] == "A bridge at last"
    assert found.fields["authors"] == [{"name": "Tamsin Orrell"}]
    assert found.fields["datePublished"] == "2026-11-20T07:00:00+00:00"
    assert found.fields["keywords"] == ["river", "town hall"]
    assert found.fields["articleSection"] == ["Local"]
    assert found.fields["mainImage"] == {"url": "https://img.example/b.jpg"}
    assert found.fields["publisher"] == {"name": "The Harbour Courier"}
    assert found.fields["canonicalUrl"] == "https://www.harbour-courier.example/news/bridge"
    assert found.sources["headline"] == "opengraph"
    assert found.sources["authors"] == "meta"


def test_jsonld_wins_over_open_graph(read):
    found = read(jsonld=LD, head=OG)
    assert found.fields["headline"] == "Saltmere builds a bridge"
    assert found.sources["headline"] == "jsonld"


@pytest.mark.parametrize(
    ("head", "day"),
    [
        ('<meta name="parsely-pub-date" content="2026-11-20T07:00:00Z">', "2026-11-20T07:00:00+00:00"),
        ('<meta name="sailthru.date" content="2026-11-20 07:00:00 +0000">', "2026-11-20T07:00:00+00:00"),
        ('<meta name="DC.date.issued" content="2026-11-20">', "2026-11-20"),
        ('<meta itemprop="datePublished" content="2026-11-20">', "2026-11-20"),
    ],
)
def test_the_other_vocabularies_date_a_page(read, head, day):
    assert read(head=head).fields["datePublished"] == day


def test_a_page_that_marks_nothing_up_is_read_as_a_reader_would(read):
    found = read(
        top='<p>By Edda Farrow</p><time datetime="2026-11-20T08:00:00+01:00">Friday</time>',
        title="A bridge is built – Courier",
    )
    assert found.fields["headline"] == "A bridge is built"
    assert found.fields["authors"] == [{"name": "Edda Farrow"}]
    assert found.fields["datePublished"] == "2026-11-20T08:00:00+01:00"
    assert found.fields["inLanguage"] == "en"
    assert found.sources["authors"] == "html"


def test_microdata_of_the_article_counts_and_of_a_comment_does_not(read_html, paragraphs):
    text = "".join(f"<p>{p}</p>" for p in paragraphs)
    found = read_html(
        '<html><body><div itemscope itemtype="https://schema.org/NewsArticle">'
        '<h1 itemprop="headline">A bridge is built</h1>'
        '<span itemprop="author" itemscope itemtype="https://schema.org/Person">'
        '<b itemprop="name">Edda Farrow</b></span>'
        f'<time itemprop="datePublished" datetime="2026-11-20T08:00+01:00">Friday</time>{text}</div>'
        '<div itemscope itemtype="https://schema.org/Comment"><i itemprop="author">Angry Reader</i></div></body></html>'
    )
    assert found.fields["authors"] == [{"name": "Edda Farrow"}]
    assert found.fields["datePublished"] == "2026-11-20T08:00:00+01:00"


def test_a_modified_date_is_never_the_published_one(read):
    head = '<meta property="article:modified_time" content="2026-11-21T07:00:00Z">'
    found = read(head=head, url="https://www.harbour-courier.example/news/a-bridge-is-built-over-it")
    assert "datePublished" not in found.fields
    assert found.fields["dateModified"] == "2026-11-21T07:00:00+00:00"


def test_a_day_is_made_exact_by_a_witness_that_knows_the_time(read):
    found = read(jsonld={**LD, "datePublished": "2026-11-20"}, head=OG)
    assert found.fields["datePublished"] == "2026-11-20T07:00:00+00:00"
    assert found.sources["datePublished"] == "opengraph"


def test_a_local_time_is_one_of_the_sources_zone_and_says_so(read):
    found = read(jsonld={**LD, "datePublished": "2026-11-20T08:00:00"}, hints={"timezone": "Europe/Oslo"})
    assert found.fields["datePublished"] == "2026-11-20T08:00:00+01:00"
    assert "timezone_assumed" in found.warnings


def test_a_local_time_without_any_zone_is_a_day(read):
    found = read(jsonld={**LD, "datePublished": "2026-11-20T08:00:00"})
    assert found.fields["datePublished"] == "2026-11-20"
    assert "timezone_unknown" in found.warnings


def test_the_feed_dates_a_page_that_does_not(read):
    at = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
    found = read(
        hints={"published": at, "method": "feed"}, url="https://www.harbour-courier.example/a-bridge-is-built-over-it"
    )
    assert found.fields["datePublished"] == "2026-11-20T07:00:00+00:00"
    assert found.sources["datePublished"] == "feed"
    assert "date_from_feed" in found.warnings


def test_odd_dates_are_told(read):
    downloaded = datetime(2026, 11, 1, tzinfo=UTC)
    found = read(jsonld={**LD, "dateModified": "2026-11-19T08:00:00+01:00"}, hints={"downloaded": downloaded})
    assert {"published_in_future", "modified_before_published"} <= set(found.warnings)


def test_a_date_written_by_the_servers_clock_is_not_believed(read):
    downloaded = datetime(2026, 11, 22, 10, 0, 2, tzinfo=UTC)
    found = read(jsonld={**LD, "datePublished": "2026-11-22T10:00:00Z"}, hints={"downloaded": downloaded}, head=OG)
    assert found.fields["datePublished"] == "2026-11-20T07:00:00+00:00"
    assert "date_is_download_time" in found.warnings


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("A bridge at last - The Harbour Courier", "A bridge at last"),
        ("A bridge at last | Harbour Courier", "A bridge at last"),
        ("A bridge at last – harbour-courier.example", "A bridge at last"),
        ("Council – live: a bridge at last", "Council – live: a bridge at last"),
        ("A bridge - a market - and a ferry", "A bridge - a market - and a ferry"),
        ("Harbour Courier wins a prize", "Harbour Courier wins a prize"),
    ],
)
def test_only_the_sites_name_is_taken_off_a_headline(read, title, expected):
    head = f'<meta property="og:site_name" content="The Harbour Courier"><meta property="og:title" content="{title}">'
    assert read(head=head, h1="Another heading altogether").fields["headline"] == expected


def test_a_heading_that_the_title_continues_is_the_headline(read):
    head = '<meta property="og:title" content="A bridge is built | Town | Some Gazette">'
    assert read(head=head).fields["headline"] == "A bridge is built"


def test_an_image_takes_caption_and_credit_from_its_figure(read):
    credit = '<span class="credit">T. Orrell</span>'
    figure = f'<figure><img src="/small/b.jpg"><figcaption>The river {credit}</figcaption></figure>'
    image = read(head=OG, top=figure).fields["mainImage"]
    assert image == {"url": "https://img.example/b.jpg", "caption": "The river", "credit": "T. Orrell"}


def test_a_canonical_of_another_site_is_told_apart(read):
    found = read(head='<link rel="canonical" href="https://agency.example/story">')
    assert found.canonical == "https://agency.example/story"
    assert "canonicalUrl" not in found.fields


def test_a_value_that_is_none_is_left_out(read):
    record = read(jsonld={"@type": "NewsArticle", "headline": "", "author": [], "keywords": None, "image": {}}).record()
    assert not {"authors", "keywords", "mainImage", "description"} & record.keys()
    assert record["headline"] == "A bridge is built"


def test_the_sites_language_answers_last(read):
    assert read(lang="", hints={"language": "EN_us"}).fields["inLanguage"] == "en-US"


def test_free_means_what_the_page_means(read):
    assert read(jsonld={**LD, "isAccessibleForFree": "https://schema.org/True"}).fields["isAccessibleForFree"] is True
    assert "isAccessibleForFree" not in read(jsonld={**LD, "isAccessibleForFree": "perhaps"}).fields
