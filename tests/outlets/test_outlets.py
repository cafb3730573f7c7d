"""The sources that ship, crawled under their own names from pages built as each site is known to build its own.

What is known, and from where (texts and names are made up):

- The Moscow Times: feed and addresses as https://www.themoscowtimes.com/rss/opinion has them (2026-06); head and byline
  as on its home page, ``article__content`` as in the reader template for it in beclab/article-extractor; under each
  article an appeal from "A Message from The Moscow Times" to "Remind me later". Russian edition: the same, on
  moscowtimes.ru (article a169099 of 2025-07-17 and its feed).
- AP: news sitemap and selectors of the fundus registry (``Page-headline``, ``RichTextStoryBody``, JSON-LD in a list).
- Novaya Gazeta: https://novayagazeta.ru/feed/rss as feed readers list it (seen alive 2026-08); Open Graph heads; a
  ``#mainContainer`` of components, whose date is text alone (``Time_root``, "15:52, 23 июня 2021"), with ``Genre_root``
  and ``SingleImage_image``, as the feed reader ozeronews parses it.
- 360tv.ru: https://360tv.ru/rss/ in public feed lists, 360.ru/rss/ in newer ones; schema.org microdata, as Russian
  newsrooms mark up articles for Yandex.
- OSCE: https://www.osce.org/press-releases (Drupal; "Publishing date", "Content type"); its rss.xml answers 404.
- VKontakte: windows-1251 pages as RSS-Bridge's VkBridge.php and snscrape's vkontakte.py read them; since the end of
  2024 such pages fetch their posts by script (RSS-Bridge/rss-bridge, issue 4371 and pull request 4418). Pages for plain
  clients (``wall_item``, ``pi_text``, ``wi_date``) as public scrapers read them, bananvyhe/pixeltech among them.
  Answers of wall.get and wall.getById as VKCOM/vk-api-schema 5.199 and vk-io's WallWallpost describe them.
"""

import json
from pathlib import Path

import pytest

from crawler.extraction import extract
from crawler.sites import OVERRIDES

PAGES = Path(__file__).with_name("pages")
OUTLETS = ("moscowtimes", "moscowtimes-ru", "apnews", "novayagazeta", "tv360", "osce", "vk-novgaz")
#: Its page gives the moment without a zone, its feed with one.
WARNED = {"novayagazeta": ["date_from_feed"]}
ICE_ROAD = (PAGES / "moscowtimes.txt").read_text().splitlines()
MOSCOW = "https://www.themoscowtimes.com/2026/11/20/ice-road-across-the-lena-opens-late-a91234"
VK_TEXT = (
    "Автобус приходит во вторник, если не размыло дорогу. Его ждут у бывшего сельпо: скамейка, навес, бабушки с "
    "тележками.<br><br>Репортаж Натальи Ремизовой — на сайте. #книги #деревня"
)
VK_MOMENT = 1_795_003_200  # 2026-11-18T12:00:00Z


def page(name):
    return (PAGES / f"{name}.html").read_text()


def moscow_times(url=MOSCOW, headline="Ice Road Across the Lena Opens Late", paragraphs=None):
    return page("moscowtimes").format(
        url=url,
        headline=headline,
        description="Forty trucks are waiting on the bank for nine more centimeters.",
        published="2026-11-20T15:10:00+03:00",
        modified="2026-11-20T16:00:00+03:00",
        paragraphs="\n".join(f"<p>{text}</p>" for text in paragraphs or ICE_ROAD),
    )


def rss(*items, language="ru"):
    entries = "".join(
        f"<item><title>{title}</title><link>{url}</link><guid>{url}</guid><pubDate>{date}</pubDate></item>"
        for title, url, date in items
    )
    return f"""<?xml version="1.0" encoding="utf-8"?>
<rss xmlns:atom="http://www.w3.org/2005/Atom" version="2.0"><channel><title>Feed</title><link>https://example.org/</link><language>{language}</language>{entries}</channel></rss>"""


def wall(*posts):
    shown = "\n".join(page("vk-post").format(number=number, time=time, text=text) for number, time, text in posts)
    return page("vk-wall").format(posts=shown).encode("cp1251")


@pytest.fixture(scope="module")
def published(web):
    """Every outlet with one article, where its entry says that it is."""
    web.add("https://www.themoscowtimes.com/rss/news", rss(("Ice Road", MOSCOW, "Fri, 20 Nov 2026 15:10:00 +0300")))
    web.add(MOSCOW, moscow_times())
    russian = "https://www.moscowtimes.ru/2026/11/20/paromi-na-lene-vstali-ranshe-sroka-a180123"
    web.add("https://www.moscowtimes.ru/rss/news", rss(("Паромы", russian, "Fri, 20 Nov 2026 14:05:00 +0300")))
    web.add(russian, page("moscowtimes-ru"))
    ap = "https://apnews.com/article/iowa-phone-booth-vote-4be1e57de7f74d3fa5a5a14a8b1fda10"
    web.add(
        "https://apnews.com/news-sitemap-content.xml",
        '<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">'
        f"<url><loc>{ap}</loc><news:news><news:publication><news:name>AP News</news:name>"
        "<news:language>eng</news:language></news:publication><news:publication_date>2026-11-19T22:14:31Z"
        "</news:publication_date><news:title>Small Iowa town votes</news:title></news:news></url>"
        "<url><loc>https://apnews.com/hub/iowa</loc></url></urlset>",
        kind="application/xml",
    )
    web.add(ap, page("apnews"))
    novaya = "https://novayagazeta.ru/articles/2026/11/18/biblioteka-na-kolesakh"
    web.add("https://novayagazeta.ru/feed/rss", rss(("Библиотека на колёсах", novaya, "Wed, 18 Nov 2026 09:30:00 GMT")))
    web.add(novaya, page("novayagazeta"))
    old = "https://360tv.ru/news/mosobl/v-kolomne-tramvaj-pustili-po-novomu-mostu/"
    web.add("https://360.ru/rss/", rss(("Трамвай", old, "Sat, 21 Nov 2026 08:15:00 +0300")))
    web.redirect(old, old.replace("360tv.ru", "360.ru"))
    web.add(old.replace("360tv.ru", "360.ru"), page("tv360"))
    web.add(
        "https://www.osce.org/press-releases",
        "<html lang='en'><body><h1>News and press releases</h1><div class='view-content'>"
        "<div class='views-row'><h3><a href='/mission-to-moldova/598211'>OSCE Mission trains river radio operators "
        "from both banks</a></h3><p>Publishing date: 19 November 2026</p></div></div>"
        "<ul class='pager'><li><a href='/where-we-are'>Where we are</a></li></ul></body></html>",
    )
    web.add("https://www.osce.org/mission-to-moldova/598211", page("osce"))
    web.add("https://vk.com/novgaz", wall((4471, VK_MOMENT, VK_TEXT)), kind="text/html; charset=windows-1251")
    web.add(
        "https://vk.com/wall-6726778_4471", wall((4471, VK_MOMENT, VK_TEXT)), kind="text/html; charset=windows-1251"
    )
    return web


@pytest.fixture(scope="module")
def crawled(new_operator, published):
    operator = new_operator()
    operator.settings |= published.settings
    operator.ended = operator.run("crawl", "news", "-a", f"source={','.join(OUTLETS)}")
    return operator


def test_every_outlet_that_ships_is_crawled_by_its_own_entry(crawled):
    assert (crawled.ended.code, crawled.ended.err) == (0, "")
    assert {record["publisher"]["sourceId"] for record in crawled.records} == set(OUTLETS)
    assert len(crawled.records) == len(OUTLETS)


@pytest.mark.parametrize("outlet", OUTLETS)
def test_a_page_built_like_the_outlets_own_gives_its_whole_record(crawled, outlet):
    (record,) = (record for record in crawled.records if record["publisher"]["sourceId"] == outlet)
    expected = json.loads((PAGES / f"{outlet}.json").read_text())
    volatile = ("id", "firstSeen", "contentHash", "metadata")
    assert {key: value for key, value in record.items() if key not in volatile} == expected
    assert record["metadata"].get("warnings", []) == WARNED.get(outlet, [])


APPEAL = [
    "A Message from The Moscow Times:",
    "Dear readers,",
    "A court has put our newsroom on its list, and it is now a crime to help us with so much as a ruble.",
    "We go on reporting what happens, in Yakutsk as in Kaliningrad, and nobody tells us what to leave out.",
    "Remind me later.",
]


@pytest.mark.parametrize(
    "paragraphs",
    [
        [*ICE_ROAD, *APPEAL],
        [*ICE_ROAD, *APPEAL[1:]],
        [*ICE_ROAD, *APPEAL[:-1]],
        [*ICE_ROAD[:3], *APPEAL, *ICE_ROAD[3:]],
    ],
    ids=["whole", "without heading", "without end", "amid the text"],
)
def test_the_appeal_of_the_moscow_times_is_taken_out_of_any_article(paragraphs):
    page = moscow_times(paragraphs=paragraphs).encode()
    read = extract(page, url=MOSCOW, override=OVERRIDES["themoscowtimes.com"])
    assert read.fields["articleBody"].split("\n") == ICE_ROAD
    assert read.fields["boilerplate"] == [line for line in paragraphs if line in APPEAL]


def test_the_appeal_is_kept_as_site_text_in_the_very_first_article_of_a_crawl(new_operator, web):
    web.add("https://www.themoscowtimes.com/rss/news", rss(("Ice Road", MOSCOW, "Fri, 20 Nov 2026 15:10:00 +0300")))
    web.add(MOSCOW, moscow_times(paragraphs=[*ICE_ROAD, *APPEAL]))
    operator = new_operator()
    operator.settings |= web.settings
    assert operator.run("crawl", "news", "-a", "source=moscowtimes").code == 0
    (record,) = operator.records
    assert record["articleBody"].split("\n") == ICE_ROAD
    assert record["boilerplate"] == APPEAL


def test_a_letter_to_the_readers_is_no_appeal():
    lines = [
        *ICE_ROAD,
        "Dear readers,",
        "so began the column that was read out at the port, and all listened to its end.",
    ]
    page = moscow_times(paragraphs=lines)
    read = extract(page.encode(), url=MOSCOW, override=OVERRIDES["themoscowtimes.com"])
    assert read.fields["articleBody"].split("\n") == lines
