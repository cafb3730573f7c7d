import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.discovery.score import ARTICLE, GREY, REJECT, anchor_words, article_score


@settings(max_examples=60, deadline=None)
@given(
    st.text(max_size=60).map("https://example.com/".__add__) | st.text(max_size=60), st.none() | st.text(max_size=60)
)
def test_any_address_has_a_score(url, anchor):
    assert isinstance(article_score(url, anchor), float)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/2024/05/17/council-votes-to-reopen-the-old-bridge",
        "https://example.com/news/council-votes-to-reopen-the-old-bridge-12345678",
        "https://example.com/world/bridge-reopens-soon.php?id=48213",
        "https://example.com/politik/bruecke-wird-wieder-eroeffnet-123456.html",
        "https://example.com/новости/совет-решил-открыть-старый-мост-снова",
        "https://example.com/a/3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "https://example.com/2024/05/council-reopens-old-bridge/index.html",
    ],
)
def test_addresses_of_articles(url):
    assert article_score(url) > ARTICLE


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/politics",
        "https://example.com/news/world/",
        "https://example.com/tag/bridges",
        "https://example.com/author/ann-example",
        "https://example.com/politics/page/2",
        "https://example.com/about-us",
        "https://example.com/search?q=bridge&page=3",
        "https://example.com/index.html",
    ],
)
def test_addresses_of_indexes_and_services(url):
    assert article_score(url) <= GREY


@pytest.mark.parametrize(
    "url", ["https://example.com", "https://example.com/", "https://example.com/?id=12345", "https://example.com/a/b.JPG",
            "https://example.com/feed.xml", "https://example.com/report-of-the-council-2024.pdf", "http://[::1"]
)  # fmt: skip
def test_front_pages_and_files_are_rejected(url):
    assert article_score(url, "A headline of as many words as any other") == REJECT


@pytest.mark.parametrize(
    ("path", "score"),
    [
        ("bridge", -2.0),
        ("old-bridge-opens", -0.5),
        ("old-bridge-opens-again", 0.6),
        ("the-old-bridge-opens-again", 1.5),
        ("the-old-bridge-opens-again-today", 2.3),
        ("2024/05/17/bridge", 1.0),
        ("2024/may/bridge", 0.2),
        ("bridge-12345", 0.6),
        ("12345/bridge", -0.1),
        ("bridge.html", -1.4),
        ("story/bridge-1", -0.8),
        ("tag/old-bridge-opens", -2.5),
        ("contact", -6.0),
        ("news?id=123", 1.0),
        ("news?id=12", -2.0),
    ],
)
def test_points_add_up(path, score):
    assert article_score(f"https://example.com/{path}") == pytest.approx(score)


@pytest.mark.parametrize(
    ("anchor", "points"),
    [("More", -1.0), ("Four words in it", 0.0), ("Five words are in it", 0.8),
     ("Seven or more words are a headline", 2.0),
     ("市議会は古い橋を再び開くことを決めた", 2.0), ("", 0.0), (None, 0.0), ("»", 0.0)],
)  # fmt: skip
def test_the_words_of_the_anchor_count(anchor, points):
    url = "https://example.com/old-bridge-opens"
    assert article_score(url, anchor) == pytest.approx(article_score(url) + points)


def test_words_of_scripts_without_spaces_are_half_their_letters():
    assert anchor_words("古い橋が開く") == 3
    assert anchor_words("The mayor’s bridge, re-opened") == 4
