"""Communities of VKontakte: through the official API where there is a key, by their pages where there is none."""

import json
from pathlib import Path

import attrs
import pytest

from crawler.discovery import NotADocument
from crawler.extraction import Hints
from crawler.sites import own_site
from crawler.sources import load_sources

PAGES = Path(__file__).with_name("pages")
MOMENT = 1_795_003_200  # 2026-11-18T12:00:00Z
TEXT = (
    "Автобус приходит во вторник, если не размыло дорогу. Его ждут у бывшего сельпо: скамейка, навес, бабушки с "
    "тележками.\n\nРепортаж [id42|Натальи Ремизовой] — на сайте. #книги #деревня@novgaz"
)
KEY = "vk1.a.key-of-the-operator"
WALL = "/method/wall.get?count=100&domain=novgaz&extended=1&filter=owner&v=5.199"
VK = own_site("https://vk.com/")


def post(number=4471, **more):
    """A post as wall.get and wall.getById give it."""
    sizes = [
        {"type": "s", "url": "https://sun9-1.userapi.com/s.jpg", "width": 75, "height": 50},
        {"type": "w", "url": "https://sun9-1.userapi.com/w.jpg", "width": 1280, "height": 853},
    ]
    return {
        "id": number,
        "owner_id": -6726778,
        "from_id": -6726778,
        "date": MOMENT,
        "type": "post",
        "post_type": "post",
        "text": TEXT,
        "attachments": [
            {"type": "link", "link": {"url": "https://novayagazeta.ru/a", "title": "Библиотека"}},
            {"type": "photo", "photo": {"id": 1, "owner_id": -6726778, "sizes": sizes}},
        ],
        "comments": {"count": 3},
        **more,
    }


def answer(*posts, **more):
    groups = [{"id": 6726778, "name": "Новая газета", "screen_name": "novgaz", "type": "page"}]
    return json.dumps({"response": {"count": len(posts), "items": posts, "profiles": [], "groups": groups, **more}})


def error(code, message="User authorization failed: invalid access_token (4)."):
    parameters = [{"key": "access_token", "value": KEY}, {"key": "method", "value": "wall.get"}]
    return json.dumps({"error": {"error_code": code, "error_msg": message, "request_params": parameters}})


def one(number):
    return f"/method/wall.getById?extended=1&posts=-6726778_{number}&v=5.199"


def read(body):
    given = body.encode() if isinstance(body, str) else body
    return VK.read_page(given, f"https://api.vk.com{one(4471)}", None, Hints(language="ru"))


def everything_written(operator):
    """All bytes that a crawl leaves behind."""
    return b"".join(path.read_bytes() for path in operator.data.rglob("*") if path.is_file())


@pytest.fixture
def crawl(new_operator, web):
    """Crawls the community with the key that the operator has in VK_TOKEN."""
    web.pages.clear()
    web.asked.clear()

    def run(key=KEY, *words, sources="vk-novgaz"):
        operator = new_operator()
        operator.settings |= web.settings
        operator.environment = {"VK_TOKEN": key} if key else {}
        operator.ended = operator.run("crawl", "news", "-a", f"source={sources}", "-L", "DEBUG", *words)
        return operator

    return run


def test_with_a_key_the_posts_come_through_the_api_and_the_key_goes_nowhere_else(web, crawl):
    web.add(f"https://api.vk.com{WALL}", answer(post(), post(4470, text="Короткая запись.")), kind="application/json")
    web.add(f"https://api.vk.com{one(4471)}", answer(post(edited=MOMENT + 600)), kind="application/json")
    web.add(f"https://api.vk.com{one(4470)}", answer(post(4470, text="Короткая запись.")), kind="application/json")
    operator = crawl()
    assert operator.ended.code == 0
    record = next(record for record in operator.records if record["url"] == "https://vk.com/wall-6726778_4471")
    expected = json.loads((PAGES / "vk-novgaz.json").read_text())
    assert record["articleBody"] == expected["articleBody"].replace("#деревня", "#деревня@novgaz")
    for key in ("headline", "datePublished", "authors", "publisher", "keywords", "inLanguage", "type"):
        assert record[key] == expected[key], key
    assert record["dateModified"] == "2026-11-18T12:10:00+00:00"
    assert record["mainImage"] == {"url": "https://sun9-1.userapi.com/w.jpg"}
    assert "requestedUrl" not in record
    assert {r["url"] for r in operator.records} == {f"https://vk.com/wall-6726778_{n}" for n in (4470, 4471)}
    for request in web.asked:
        is_api = request.host == "api.vk.com" and request.path != "/robots.txt"
        assert request.headers.get("Authorization") == (f"Bearer {KEY}" if is_api else None)
    assert not web.asked_of("vk.com")
    assert KEY not in operator.ended.out + operator.ended.err
    assert KEY.encode() not in everything_written(operator)


def test_without_a_key_the_public_page_is_read(web, crawl):
    shown = (PAGES / "vk-post.html").read_text().format(number=4471, time=MOMENT, text=TEXT.replace("\n\n", "<br>"))
    page = (PAGES / "vk-wall.html").read_text().format(posts=shown).encode("cp1251")
    for path in ("novgaz", "wall-6726778_4471"):
        web.add(f"https://vk.com/{path}", page, kind="text/html")  # the charset is in the page
    operator = crawl(None)
    assert operator.ended.code == 0
    assert [record["url"] for record in operator.records] == ["https://vk.com/wall-6726778_4471"]
    assert not web.asked_of("api.vk.com")


@pytest.fixture
def community(web):
    """Serves a community that no source names, by its public pages, and lets an operator ask."""
    text = TEXT.replace("\n\n", "<br>")
    shown = (PAGES / "vk-post.html").read_text().format(number=7, time=MOMENT, text=text).replace("6726778", "99")
    page = (PAGES / "vk-wall.html").read_text().format(posts=shown).replace("Новая газета", "Лентач").encode("cp1251")
    web.pages.clear()
    for path in ("oldlentach", "wall-99_7"):
        web.add(f"https://vk.com/{path}", page, kind="text/html")


@pytest.mark.usefixtures("community")
def test_a_post_is_shown_by_extract_as_a_crawl_stores_it(operator, web):
    operator.settings |= web.settings
    ended = operator.run("extract", "https://vk.com/wall-99_7")
    record = json.loads(ended.out)
    assert (record["type"], record["publisher"]["name"]) == ("SocialMediaPosting", "Лентач")
    assert record["articleBody"].startswith("Автобус приходит во вторник")
    assert "left out" not in ended.err


def test_a_saved_page_of_a_post_is_shown_by_extract(operator, tmp_path):
    shown = (PAGES / "vk-post.html").read_text().format(number=7, time=MOMENT, text=TEXT)
    file = tmp_path / "post.html"
    file.write_bytes((PAGES / "vk-wall.html").read_text().format(posts=shown).encode("cp1251"))
    ended = operator.run("extract", "--base", "https://vk.com/wall-6726778_7", str(file))
    assert json.loads(ended.out)["headline"] == "Автобус приходит во вторник, если не размыло дорогу."


@pytest.mark.usefixtures("community")
def test_a_community_that_no_source_names_is_probed_and_its_stanza_can_be_crawled(operator, web, tmp_path):
    operator.settings |= web.settings
    probed = operator.run("probe", "https://vk.com/oldlentach")
    assert probed.code == 0, probed.err
    assert "https://vk.com/wall-99_7" in probed.out
    stanza = probed.out[probed.out.index("Stanza for the source file") :].split("\n", 1)[1]
    file = tmp_path / "sources.toml"
    file.write_text(stanza)
    (source,) = load_sources(file).values()
    assert source == attrs.evolve(VK.source("https://vk.com/oldlentach"), name="Лентач", allow=source.allow)
    operator.settings |= {"SOURCES_FILE": str(file)}
    assert operator.run("crawl", "news").code == 0
    assert [record["publisher"]["sourceId"] for record in operator.records] == ["vk-oldlentach"]


@pytest.mark.parametrize(
    "path", ["", "wall-1_2", "feed", "id1/photos", "photo-1_2", "club1?w=wall-1_2#x", "club12345", "novaya.gazeta"]
)
def test_a_community_is_a_source_and_other_pages_are_none(path):
    source = VK.source(f"https://vk.com/{path}")
    name = path.partition("?")[0]
    assert (source and source.home) == (f"https://vk.com/{name}" if name[:1] in ("c", "n") else None)


def test_a_wall_as_plain_clients_are_served_it_gives_its_posts_with_text_author_and_picture():
    text = TEXT.replace("\n\n", "<br><br>")
    page = (PAGES / "vk-mobile.html").read_text().format(text=text).encode()
    (link,) = VK.read_document(page, "https://vk.com/novgaz", "utf-8").links
    assert link.url == "https://vk.com/wall-6726778_4471"
    found = VK.read_page(page, link.url, "utf-8", Hints(language="ru"))
    assert found.reason is None
    assert found.fields["articleBody"].startswith("Автобус приходит во вторник")
    assert found.fields["articleBody"].endswith("#книги #деревня@novgaz")
    assert found.fields["authors"] == [{"name": "Новая газета", "url": "https://vk.com/novgaz"}]
    assert found.fields["mainImage"] == {"url": "https://sun9-1.userapi.com/impg/avtobus.jpg?size=1280x853"}
    assert "datePublished" not in found.fields  # the year is not shown


def test_a_wall_whose_posts_are_fetched_by_script_says_what_would_help():
    page = b"<html><body><div id='page_wall_posts'></div><script>wall.init()</script></body></html>"
    with pytest.raises(NotADocument, match="service key") as caught:
        VK.read_document(page, "https://vk.com/novgaz", None)
    assert caught.value.reason == "nothing_found"


def test_what_the_api_answers_instead_of_posts_is_named_without_the_key_that_it_repeats():
    for code, named in (
        (5, "login_expired"),
        (1116, "login_expired"),
        (15, "closed"),
        (6, "rate_limited"),
        (10, "api_error"),
    ):
        with pytest.raises(NotADocument) as caught:
            VK.read_document(error(code).encode(), f"https://api.vk.com{WALL}", None)
        assert caught.value.reason == named
        assert KEY not in str(caught.value)


def test_a_key_that_expires_amid_a_crawl_leaves_the_other_posts_for_later(web, crawl):
    posts = [post(number) for number in range(1, 31)]
    web.add(f"https://api.vk.com{WALL}", answer(*posts), kind="application/json")
    for number in range(1, 31):
        web.add(f"https://api.vk.com{one(number)}", error(5), kind="application/json")
    operator = crawl(KEY, "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=1")
    total = operator.source["total"]
    assert set(total["failed"]) == {"login_expired"}
    assert total["failed"]["login_expired"] <= 3
    assert total["pending"] >= 27
    assert operator.source["outcome"] in ("login_expired", "nothing_new")


@pytest.mark.parametrize(
    "words", ["Это закрытая группа", "Закрытое сообщество", "This is a private community", "Сообщество заблокировано"]
)
def test_a_community_that_shows_nothing_to_strangers_is_named_closed(words):
    page = f"<html><body><div id='page_header'>VK</div><h1>Новая газета</h1><p>{words}.</p></body></html>"
    with pytest.raises(NotADocument) as caught:
        VK.read_document(page.encode("cp1251"), "https://vk.com/novgaz", "windows-1251")
    assert caught.value.reason == "closed"


def test_a_closed_community_is_named_and_the_rest_goes_on(web, crawl):
    web.add("https://vk.com/novgaz", "<html><body><p>This is a private community.</p></body></html>")
    shown = (PAGES / "vk-post.html").read_text().format(number=7, time=MOMENT, text=TEXT).replace("6726778", "99")
    for path in ("tv360", "wall-99_7"):
        web.add(f"https://vk.com/{path}", (PAGES / "vk-wall.html").read_text().format(posts=shown))
    operator = crawl(None, sources="vk-novgaz,vk-tv360")
    assert operator.ended.code == 3
    assert "vk-novgaz: closed: none of 1 documents could be read (1 closed)" in operator.ended.err
    assert len(operator.records) == 1


def test_a_repost_gives_the_words_and_the_picture_of_what_it_repeats():
    own = post(text="Читайте:", attachments=[], copy_history=[post(9, owner_id=-1, from_id=-1)])
    page = read(answer(own))
    assert page.fields["articleBody"].startswith("Читайте:\nАвтобус приходит")
    assert page.fields["mainImage"] == {"url": "https://sun9-1.userapi.com/w.jpg"}


def test_a_signed_post_has_its_author():
    people = [{"id": 42, "first_name": "Наталья", "last_name": "Ремизова", "screen_name": "nremizova"}]
    page = read(answer(post(signer_id=42), profiles=people))
    assert page.fields["authors"] == [{"name": "Наталья Ремизова", "url": "https://vk.com/nremizova"}]


def test_a_long_first_sentence_is_cut_after_a_word():
    page = read(answer(post(text="слово " * 60)))
    assert page.fields["headline"].endswith("слово…")
    assert len(page.fields["headline"]) <= 121


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (answer(), "no_text"),
        (answer(post(text="")), "no_text"),
        (error(5), "login_expired"),
        (error("x"), "api_error"),
        ("<html>busy</html>", "not_a_document"),
        ("[]", "not_a_document"),
        ('{"response": 1}', "not_a_document"),
        ('{"response": {"items": [1, null]}}', "no_text"),
        ("[" * 100_000, "not_a_document"),
        (b"\xff\xfe", "not_a_document"),
        ("", "not_a_document"),
    ],
)
def test_an_answer_that_gives_no_post_is_named(body, reason):
    assert read(body).reason == reason


@pytest.mark.parametrize(
    "odd",
    [
        {"date": "yesterday"},
        {"date": 10**30},
        {"date": -1},
        {"attachments": {"type": "photo"}},
        {"attachments": [{"type": "photo", "photo": {"sizes": [{"url": 1, "width": "x"}]}}]},
        {"copy_history": [None, "x"]},
        {"signer_id": "x"},
        {"owner_id": None},
    ],
)
def test_a_post_of_odd_values_is_read_as_far_as_it_goes(odd):
    page = read(answer(post(**odd)))
    assert page.reason is None
    assert page.fields["articleBody"].startswith("Автобус")


def test_a_page_without_the_post_is_named():
    page = VK.read_page(b"<html><body><p>busy</p></body></html>", "https://vk.com/wall-1_2", None, Hints())
    assert page.reason == "no_text"


@pytest.mark.parametrize(
    ("home", "whose"),
    [
        ("https://vk.com/novgaz", "domain=novgaz"),
        ("https://vk.com/club123", "owner_id=-123"),
        ("https://vk.com/public77/", "owner_id=-77"),
        ("https://vk.com/clubs", "domain=clubs"),
    ],
)
def test_a_community_is_asked_for_by_name_or_number(home, whose):
    (url,) = VK.documents(home)
    assert whose in url
