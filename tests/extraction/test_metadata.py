"""Who is believed about an article."""

import json
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


def test_a_canonical_of_another_site_is_left_out(read):
    found = read(head='<link rel="canonical" href="https://agency.example/story">')
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


def test_sailthru_and_both_forms_of_parsely_are_read(read):
    said = {"pub_date": "2026-11-20T07:00:00Z", "section": "Town", "tags": ["river", "town hall"], "author": 7}
    head = (
        '<meta name="sailthru.author" content="Edda Farrow"><meta name="sailthru.image.full" content="/b.jpg">'
        f"<meta name='parsely-page' content='{json.dumps(said)}'>"
    )
    fields = read(head=head).fields
    assert fields["authors"] == [{"name": "Edda Farrow"}]
    assert fields["datePublished"] == "2026-11-20T07:00:00+00:00"
    assert fields["articleSection"] == ["Town"]
    assert fields["keywords"] == ["river", "town hall"]
    assert fields["mainImage"]["url"] == "https://www.harbour-courier.example/b.jpg"


@pytest.mark.parametrize("content", ["{", "[1]", "null", '{"tags": {"a": 1}}', "[" * 5000])
def test_a_broken_parsely_page_is_passed_over(read, content):
    assert read(head=f"<meta name='parsely-page' content='{content}'>").fields["headline"] == "A bridge is built"


def test_rdfa_gives_type_author_and_image(read_html, paragraphs):
    text = "".join(f"<p>{p}</p>" for p in paragraphs)
    fields = read_html(
        '<html><body><article vocab="https://schema.org/" typeof="OpinionNewsArticle">'
        '<h1 property="headline">A bridge is built</h1><img property="image" src="/b.jpg">'
        '<span property="author" typeof="Person"><b property="name">Edda Farrow</b></span>'
        f"{text}</article></body></html>"
    ).fields
    assert fields["type"] == "OpinionNewsArticle"
    assert fields["authors"] == [{"name": "Edda Farrow"}]
    assert fields["mainImage"]["url"].endswith("/b.jpg")


def crumb(name, address=None):
    return {"@type": "ListItem", "name": name, **({"item": address} if address else {})}


@pytest.mark.parametrize(
    "trail",
    [
        [crumb("Home", "/"), crumb("News", "/news/"), crumb("Town", "/news/town"), crumb("A bridge is built")],
        [crumb("Courier", "/"), crumb("News", "/news/"), crumb("Town", "/news/town")],
        [crumb("Home"), crumb("News", "/news/"), crumb("Town", "/t"), crumb("Page", "#top")],
    ],
)
def test_the_section_is_the_trail_between_home_and_the_page(read, trail):
    found = read(jsonld={"@type": "BreadcrumbList", "itemListElement": trail})
    assert found.fields["articleSection"] == ["News", "Town"]
    assert found.sources["articleSection"] == "jsonld"


def test_the_section_is_the_shown_trail_where_no_data_says_it(read):
    trail = '<div class="breadcrumbs"><a href="/">Home</a> › <a href="/news/">News</a> › <a href="/t/">/ Town</a></div>'
    found = read(top=trail)
    assert found.fields["articleSection"] == ["News", "Town"]
    assert found.sources["articleSection"] == "html"


def test_the_section_is_the_first_folder_only_where_the_navigation_names_it(read):
    found = read()
    assert found.fields["articleSection"] == ["News"]
    assert found.sources["articleSection"] == "path"
    assert "articleSection" not in read(url="https://www.harbour-courier.example/2026/a-bridge").fields


def test_a_page_with_a_closed_part_is_not_free(read):
    part = {"@type": "WebPageElement", "isAccessibleForFree": "False", "cssSelector": ".paid"}
    assert read(jsonld={"@type": "NewsArticle", "hasPart": part}).fields["isAccessibleForFree"] is False


def test_the_newsroom_signs_what_the_page_says_it_signs(read):
    name = "The Harbour Courier"
    site = {"@type": "NewsMediaOrganization", "name": name}
    found = read(jsonld={"@type": "NewsArticle", "author": site, "publisher": site})
    assert found.fields["authors"] == [{"name": name}]
    assert found.sources["authors"] == "publisher"


def test_a_person_wins_over_the_newsroom(read):
    site = {"@type": "Organization", "name": "The Harbour Courier"}
    data = {"@type": "NewsArticle", "author": site, "publisher": site}
    assert read(jsonld=data, top="<p>By Edda Farrow</p>").fields["authors"] == [{"name": "Edda Farrow"}]


def test_an_account_named_as_the_site_is_nobody(read):
    data = {
        "@type": "NewsArticle",
        "author": {"@type": "Person", "name": "The Harbour Courier"},
        "publisher": {"@type": "Organization", "name": "The Harbour Courier"},
    }
    assert "authors" not in read(jsonld=data).fields


BYLINE_LIST = (
    '<div class="authors info"><i class="authors__brand">Town</i><ul><li class="authors__list-item">by Edda Farrow</li>'
    "</ul> 20 November 2026, 15:36, 3 min</div>"
)


@pytest.mark.parametrize(
    "byline",
    [
        '<ul class="metaAuthorList"><li><a href="/author/edda">Edda Farrow</a></li></ul>',
        BYLINE_LIST,
        '<div class="comments"><a href="/author/troll">Angry Reader</a></div><span class="byline">Edda Farrow</span>',
    ],
)
def test_a_visible_byline_is_found_where_sites_put_it(read, byline):
    assert [author["name"] for author in read(top=byline).fields["authors"]] == ["Edda Farrow"]


def test_the_tags_under_an_article_are_its_keywords(read):
    tags = '<ul class="tag-list"><li class="tag-item"><a href="/tag/river">River</a></li>'
    fields = read(bottom=f'{tags}<li class="tag-item"><a href="/tag/town">Town</a></li></ul>').fields
    assert fields["keywords"] == ["River", "Town"]


def test_an_agencys_codes_are_no_keywords(read):
    codes = "".join(
        f'<meta property="article:tag" content="{c}">' for c in ("AER", "DIS", "GEN", "INDG08", "NP", "Rail")
    )
    assert read(head=codes).fields["keywords"] == ["Rail"]


def test_of_two_notations_of_an_instant_the_local_one_tells_the_day(read):
    head = '<meta name="date" content="2026-11-20T00:04:00+02:00">'
    data = {"@type": "NewsArticle", "datePublished": "2026-11-19T22:04:00Z"}
    assert read(jsonld=data, head=head).fields["datePublished"] == "2026-11-20T00:04:00+02:00"


@pytest.mark.parametrize(("day", "told"), [(19, False), (20, False), (25, True)])
def test_a_feed_that_is_days_away_from_the_page_is_told(read, day, told):
    at = datetime(2026, 11, day, 8, tzinfo=UTC)
    found = read(jsonld=LD, hints={"published": at, "method": "feed"})
    assert ("published_disagrees" in found.warnings) is told
    assert found.fields["datePublished"] == "2026-11-20T08:00:00+01:00"


@pytest.mark.parametrize("date", ["yesterday", "0000-00-00", "20266-01-01T00:00:00Z", "2026-13-45", "x" * 4000, "٢٠٢٦"])
def test_a_date_that_is_none_is_absent(read, date):
    data = {"@type": "NewsArticle", "datePublished": date, "dateModified": date, "author": "x " * 2000}
    fields = read(jsonld=data, url="https://www.harbour-courier.example/news/a-bridge").fields
    assert not {"datePublished", "dateModified", "authors"} & fields.keys()
