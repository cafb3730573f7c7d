"""The text of an article."""

from crawler.extraction import join_pages

LIVE = {"@type": "LiveBlogPosting", "headline": "A bridge is built", "datePublished": "2026-11-20T08:00:00Z"}


def test_blocks_are_lines_in_the_order_of_the_page(read, paragraphs):
    body = read(
        paragraphs=[
            *paragraphs[:2],
            "</p><h2>The cost</h2><ul><li>Stone from the quarry</li><li>Steel</li></ul><p>",
            paragraphs[2],
        ]
    )
    lines = body.fields["articleBody"].split("\n")
    assert lines == [*paragraphs[:2], "The cost", "- Stone from the quarry", "- Steel", paragraphs[2]]


def test_the_headline_is_not_repeated_in_the_text(read):
    assert not read().fields["articleBody"].startswith("A bridge is built")


def test_the_same_page_read_twice_gives_the_same_text(read):
    assert read().fields["articleBody"] == read().fields["articleBody"]


def test_right_to_left_text_is_kept_without_its_controls(read):
    text = "صوّت المجلس مساء الاثنين على بناء جسر ثان فوق النهر بعد أحد عشر عاما من النقاش بين سكان المدينة وجيرانهم."
    found = read(
        lang="ar",
        h1="جسر جديد",
        title="جسر جديد",
        paragraphs=[f"\u202b{text}\u202c"] * 1 + [f"{text} {n}" for n in range(3)],
    )
    assert found.fields["articleBody"].split("\n")[0] == text
    assert found.fields["inLanguage"] == "ar"


def test_words_of_a_script_without_spaces_are_counted(read):
    found = read(
        lang="ja",
        h1="新しい橋",
        title="新しい橋",
        paragraphs=["町議会は月曜日の夜、川に二つ目の橋を架けることを決めた。工事は春に始まり、二年かかる。"] * 2,
    )
    assert found.reason is None
    assert found.fields["wordCount"] > 20


def test_count_and_hash_belong_to_the_text(read):
    one, two = read(), read(top="<div class='share'></div>")
    assert one.fields["contentHash"] == two.fields["contentHash"]
    assert one.fields["wordCount"] == len(one.fields["articleBody"].replace("“", "").split())


def test_a_page_that_scripts_fill_has_the_text_it_states(read, paragraphs):
    stated = {
        "@type": "NewsArticle",
        "headline": "A bridge",
        "articleBody": "<p>" + "</p><p>".join(paragraphs) + "</p>",
    }
    found = read(jsonld=stated, paragraphs=[])
    assert found.fields["articleBody"].split("\n") == paragraphs
    assert found.sources["articleBody"] == "jsonld"


def test_the_updates_of_a_live_blog_come_in_page_order(read, paragraphs):
    updates = "".join(
        f"</p><div class='update'><h2>Update {n}</h2><p>{p}</p></div><p>" for n, p in enumerate(paragraphs)
    )
    found = read(jsonld=LIVE, paragraphs=[updates])
    places = [found.fields["articleBody"].index(p) for p in paragraphs]
    assert found.fields["type"] == "LiveBlogPosting"
    assert places == sorted(places)


def test_updates_that_the_page_shows_are_not_lost(read, paragraphs):
    stated = {
        **LIVE,
        "liveBlogUpdate": [{"@type": "BlogPosting", "articleBody": p} for p in [*paragraphs, "Never shown."]],
    }
    hidden_from_readers_of_prose = "".join(f"<table><tr><td><a href='#'>{p}</a></td></tr></table>" for p in paragraphs)
    body = read(jsonld=stated, paragraphs=[], bottom=hidden_from_readers_of_prose).fields["articleBody"]
    assert all(p in body for p in paragraphs)
    assert "Never shown." not in body


def test_pages_of_one_article_are_joined_without_repeats(read, paragraphs):
    first = read(paragraphs=paragraphs[:3], head='<link rel="next" href="?page=2">')
    second = read(paragraphs=paragraphs[2:])
    joined = join_pages(first, [second])
    assert first.next_url.endswith("?page=2")
    assert joined.fields["articleBody"].split("\n") == paragraphs
    assert joined.fields["contentHash"] == read().fields["contentHash"]
    assert joined.fields["wordCount"] == read().fields["wordCount"]
    assert joined.next_url is None


def test_joining_nothing_changes_nothing(read):
    assert join_pages(read(), []) == read()


def test_a_page_whose_whole_text_stands_in_a_footer_is_still_read(read_html, paragraphs):
    text = "".join(f"<p>{p}</p>" for p in paragraphs)
    found = read_html(
        f"<html><head><title>A bridge is built</title></head><body><h1>A bridge is built</h1>"
        f"<footer><div>{text}</div></footer></body></html>"
    )
    assert found.fields["articleBody"].count("bridge") >= 2


def test_an_article_whose_beginning_alone_is_in_the_named_container_is_read_whole(read_html, paragraphs):
    begun = "".join(f"<p>{p}</p>" for p in paragraphs)
    rest = "".join(f"<p>{p} It went on for {n} hours.</p>" for n in range(4) for p in paragraphs)
    found = read_html(
        f"<html><head><title>A bridge is built</title></head><body><h1>A bridge is built</h1>"
        f"<div class='article-body'>{begun}</div>"
        f"<div class='x1'>{rest}</div></body></html>"
    )
    assert "It went on for 2 hours." in found.fields["articleBody"]
