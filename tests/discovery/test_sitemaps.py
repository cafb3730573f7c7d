import time
from datetime import UTC, datetime

import pytest

from crawler.discovery import Candidate
from crawler.discovery.sitemaps import is_news_name, read_sitemap

URL = "https://example.com/sitemap.xml"
NAMESPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
    'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
)
NEWS = f"""<?xml version="1.0" encoding="UTF-8"?><urlset {NAMESPACES}>
<url><loc> https://example.com/one?a=1&amp;b=2 </loc><lastmod>2024-05-02T08:00:00Z</lastmod>
  <image:image><image:loc>https://example.com/one.jpg</image:loc><image:title>A picture</image:title></image:image>
  <news:news><news:publication><news:name>The Example</news:name><news:language>en</news:language></news:publication>
  <news:publication_date>2024-05-01T10:00:00+02:00</news:publication_date>
  <news:title><![CDATA[Fish & chips]]></news:title></news:news></url>
<url><loc>/two</loc><lastmod>2024-05-01</lastmod>
  <news:news><news:publication_date>2024-05-01</news:publication_date><news:title>Caf&amp;eacute;</news:title></news:news></url>
</urlset>""".encode()


def urlset(*entries):
    return f"<urlset {NAMESPACES}>{''.join(f'<url>{entry}</url>' for entry in entries)}</urlset>".encode()


def index(*entries):
    sitemaps = "".join(f"<sitemap>{entry}</sitemap>" for entry in entries)
    return f"<sitemapindex {NAMESPACES}>{sitemaps}</sitemapindex>".encode()


def found(body, limit=50_000):
    return [link.url for link in read_sitemap(body, url=URL, limit=limit).links]


def children(body):
    return [child.url.rpartition("/")[2] for child in read_sitemap(body, url=URL, limit=50_000).documents]


def test_a_news_sitemap_gives_title_language_and_dates():
    announced = read_sitemap(NEWS, url=URL)
    first, second = announced.links
    assert announced.kind == "news_sitemap"
    assert (first.url, first.title, first.language) == ("https://example.com/one?a=1&b=2", "Fish & chips", "en")
    assert first.published == datetime(2024, 5, 1, 8, tzinfo=UTC)
    assert first.modified == datetime(2024, 5, 2, 8, tzinfo=UTC)
    assert first.method == "news_sitemap"
    assert (second.url, second.title) == ("https://example.com/two", "Café")


def test_a_day_is_no_moment_of_publication_but_orders():
    second = read_sitemap(NEWS, url=URL).links[1]
    assert second.published is None
    assert second.modified == datetime(2024, 5, 1, tzinfo=UTC)


def test_prefixes_that_were_never_declared_are_understood():
    body = (
        b"<urlset><url><loc>https://example.com/a</loc><image:loc>https://example.com/a.jpg</image:loc>"
        b"<news:title>A</news:title></url></urlset>"
    )
    (link,) = read_sitemap(body, url=URL).links
    assert (link.url, link.title, link.method) == ("https://example.com/a", "A", "news_sitemap")


def test_a_bare_ampersand_loses_no_letter_of_an_address():
    assert found(urlset("<loc>https://example.com/?a=1&b=2</loc>")) == ["https://example.com/?a=1&b=2"]
    assert found(urlset("<loc><![CDATA[https://example.com/?a=1&b=2]]></loc>")) == ["https://example.com/?a=1&b=2"]


def test_repeats_are_left_out_and_order_is_kept():
    body = urlset(
        "<loc>https://example.com/b</loc>", "<loc>https://example.com/a</loc>", "<loc>https://example.com/b#x</loc>"
    )
    assert found(body) == ["https://example.com/b", "https://example.com/a"]


def test_of_too_many_urls_the_newest_are_kept():
    dated = [f"<loc>https://example.com/{day}</loc><lastmod>2024-05-0{day}</lastmod>" for day in (3, 1, 2)]
    assert found(urlset(*dated), limit=2) == ["https://example.com/3", "https://example.com/2"]


def test_of_too_many_urls_without_a_date_the_last_are_kept():
    assert found(urlset(*(f"<loc>https://example.com/{number}</loc>" for number in range(5))), limit=2) == [
        "https://example.com/3",
        "https://example.com/4",
    ]


def test_children_are_ranked_by_news_then_date_then_number():
    body = index(
        "<loc>https://example.com/post-sitemap.xml</loc>",
        "<loc>https://example.com/post-sitemap2.xml</loc>",
        "<loc>https://example.com/post-sitemap10.xml</loc>",
        "<loc>https://example.com/old.xml</loc><lastmod>2024-01-01</lastmod>",
        "<loc>https://example.com/fresh.xml</loc><lastmod>2024-05-01T10:00:00Z</lastmod>",
        "<loc>https://example.com/news-sitemap.xml</loc>",
    )
    assert children(body) == [
        "news-sitemap.xml",
        "fresh.xml",
        "old.xml",
        "post-sitemap10.xml",
        "post-sitemap2.xml",
        "post-sitemap.xml",
    ]
    announced = read_sitemap(body, url=URL)
    assert announced.kind == "sitemap_index"
    assert announced.documents[1] == Candidate(
        url="https://example.com/fresh.xml", kind="sitemap", modified=datetime(2024, 5, 1, 10, tzinfo=UTC)
    )


def test_a_sitemap_that_includes_itself_is_not_its_own_child():
    body = index("<loc>http://www.example.com/sitemap.xml</loc>", "<loc>https://example.com/a.xml</loc>")
    assert children(body) == ["a.xml"]


def test_children_may_lie_on_another_host():
    assert read_sitemap(index("<loc>https://cdn.example.net/a.xml</loc>"), url=URL).documents[0].url == (
        "https://cdn.example.net/a.xml"
    )


def test_a_text_sitemap_is_one_address_a_line():
    body = "\ufeffhttps://example.com/a\r\n\r\nnot an address\nhttps://example.com/b \n".encode()
    assert found(body) == ["https://example.com/a", "https://example.com/b"]
    assert found(body, limit=1) == ["https://example.com/b"]


@pytest.mark.parametrize(
    "body",
    [
        NEWS[: len(NEWS) - 60],
        b"PHP Warning: something\n" + NEWS,
        NEWS.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
        NEWS.replace(b"UTF-8", b"utf-16"),
        NEWS.replace(b"UTF-8", b"no-such-encoding"),
        NEWS.replace(b"two", b"\0two\x01"),
        NEWS.replace(b"<urlset", b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><urlset"),
    ],
)
def test_damaged_sitemaps_are_read_as_far_as_they_go(body):
    assert found(body)[0] == "https://example.com/one?a=1&b=2"


def test_entities_are_never_expanded():
    bomb = "<!DOCTYPE u [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
        f"<!ENTITY {name} '{f'&{before};' * 10}'>" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    body = f"{bomb}]><urlset><url><loc>https://example.com/&i;</loc></url></urlset>".encode()
    assert all(len(url) < 100 for url in found(body))


@pytest.mark.parametrize(
    "body",
    [b"", b"\0" * 1000, b"<urlset", b"<urlset><url><loc>", b"<urlset><url></url></urlset>",
     b"<urlset>" + b"<url>" * 100_000,
     b"<urlset>" + b"<![CDATA[" * 100_000, b"<urlset>" + b"&" * 100_000, b"<urlset><url><loc>" + b"a" * 11_000_000,
     b"<urlset><url><loc>javascript:alert(1)</loc></url><url><loc>http://[::1</loc></url></urlset>"],
    ids=range(10),
)  # fmt: skip
def test_hostile_bytes_give_an_empty_sitemap_soon(body):
    started = time.monotonic()
    assert found(body) == []
    assert time.monotonic() - started < 10


def test_an_empty_news_sitemap_is_still_one():
    assert read_sitemap(urlset(), url=URL).kind == "news_sitemap"
    assert read_sitemap(b"<urlset></urlset>", url=URL).kind == "sitemap"
    assert read_sitemap(b"<sitemapindex></sitemapindex>", url=URL).kind == "sitemap_index"


def test_news_is_a_word_of_the_file_name():
    for name in (
        "news-sitemap.xml",
        "sitemap_news.xml",
        "googlenews.xml",
        "newssitemap.xml",
        "news/",
        "s.xml?type=news",
    ):
        assert is_news_name(f"https://example.com/{name}")
    for name in ("newsletter-sitemap.xml", "news/sitemap-2019.xml", "sitemap.xml", "knewspaper.xml"):
        assert not is_news_name(f"https://news.example.com/{name}")
