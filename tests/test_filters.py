"""What an operator asks of one crawl: how much, how new, in which language, matching what; and -O for a quick look."""

import json

import pytest


def test_limit_stores_so_many_articles_and_the_rest_stays_pending(operator, paper):
    ended = operator.crawl(paper.url, "-a", "limit=7")
    assert ended.code == 0
    assert len(operator.records) == 7
    assert operator.source["total"]["pending"] > 20
    assert operator.crawl(paper.url).code == 0
    assert operator.source["total"]["pending"] == 0
    assert {story.path for story in paper.articles} <= {
        record["url"].removeprefix(paper.url.rstrip("/")) for record in operator.records
    }


@pytest.mark.thorough
def test_lang_keeps_one_language_and_leaves_the_others_for_another_run(operator, paper):
    assert operator.crawl(paper.url, "-a", "lang=ru").code == 0
    assert {record["inLanguage"] for record in operator.records} == {"ru"}
    asked = len(paper.requests)
    assert operator.crawl(paper.url, "-a", "lang=ru").code == 0
    assert not {request.path for request in paper.requests[asked:]} & {story.path for story in paper.articles}
    assert operator.crawl(paper.url).code == 0
    assert {record["inLanguage"].partition("-")[0] for record in operator.records} == {"ru", "en", "ar"}


def test_match_takes_only_addresses_that_match(operator, paper):
    assert operator.crawl(paper.url, "-a", "match=/culture/").code == 0
    assert operator.records
    assert all("/culture/" in record["url"] for record in operator.records)


def test_since_leaves_older_articles_pending(operator, paper):
    assert operator.crawl(paper.url, "-a", "since=2026-11-18").code == 0
    assert operator.records
    assert all(record["datePublished"] >= "2026-11-17" for record in operator.records)
    assert operator.source["total"]["pending"] > 10


def test_a_quick_look_with_capital_o_writes_the_same_records(operator, paper, tmp_path):
    look = tmp_path / "look.jsonl"
    assert operator.crawl(paper.url, "-a", "limit=5", "-O", str(look)).code == 0
    assert sorted(look.read_bytes().splitlines(keepends=True)) == sorted(operator.lines)


def test_urls_fetches_exactly_the_pages_named(operator, paper):
    story = paper.articles[0]
    ended = operator.run("crawl", "urls", "-a", f"url={paper.url.rstrip('/')}{story.path}")
    assert ended.code == 0
    (record,) = operator.records
    assert record["headline"] == story.headline
    assert record["metadata"]["discovery"] == {"method": "seed", "document": "command line"}
    assert {request.path for request in paper.requests} == {"/robots.txt", story.path}


def test_urls_reads_a_file_and_names_the_lines_that_are_no_address(operator, paper, tmp_path):
    addresses = [paper.url.rstrip("/") + story.path for story in paper.articles[:3]]
    listed = tmp_path / "urls.txt"
    listed.write_text("# three stories\n" + "\n".join([*addresses[:2], "not an address", "", addresses[2]]))
    operator.settings["ALLOW_PRIVATE"] = paper.host_port
    ended = operator.run("crawl", "urls", "-a", f"file={listed}")
    assert ended.code == 3
    assert ended.err == f'{listed}:4: expected a web address such as https://example.com/a, got "not an address"\n'
    assert len(operator.records) == 3


def test_urls_named_again_are_not_fetched_again(operator, paper):
    url = f"{paper.url.rstrip('/')}{paper.articles[0].path}"
    assert operator.run("crawl", "urls", "-a", f"url={url}").code == 0
    asked = len(paper.requests)
    assert operator.run("crawl", "urls", "-a", f"url={url}").code == 0
    assert len(paper.requests) == asked
    assert len(operator.records) == 1


def test_sources_of_a_file_are_visited_when_due_and_not_before(operator, paper, tmp_path):
    sources = tmp_path / "sources.toml"
    sources.write_text(
        f'[courier]\nname = "The Courier"\nhome = "{paper.url}"\nfeeds = ["{paper.url}feed.rss"]\nevery = "1h"\n'
    )
    operator.settings |= {"SOURCES_FILE": str(sources), "ALLOW_PRIVATE": paper.host_port}
    assert operator.run("crawl", "news").code == 0
    assert {record["publisher"]["name"] for record in operator.records} == {"The Courier"}
    assert {record["publisher"]["sourceId"] for record in operator.records} == {"courier"}
    stored, asked = operator.lines, len(paper.requests)
    assert operator.run("crawl", "news").code == 0
    assert len(paper.requests) == asked
    assert operator.run("crawl", "news", "-a", "source=courier").code == 0
    assert [request.status for request in paper.requests[asked:] if request.path == "/feed.rss"] == [304]
    assert operator.lines == stored


@pytest.mark.thorough
def test_every_tenth_visit_of_a_document_is_unconditional(operator, paper, tmp_path):
    sources = tmp_path / "sources.toml"
    sources.write_text(f'[courier]\nhome = "{paper.url}"\nfeeds = ["{paper.url}atom.xml"]\n')
    operator.settings |= {"SOURCES_FILE": str(sources), "ALLOW_PRIVATE": paper.host_port}
    for _ in range(11):
        assert operator.run("crawl", "news", "-a", "source=courier", "-a", "match=nothing").code == 0
    visits = [request.status for request in paper.requests if request.path == "/atom.xml"]
    assert visits == [200] + [304] * 8 + [200, 304]


@pytest.mark.parametrize("spider", ["news", "urls"])
def test_an_unknown_argument_is_refused_with_a_suggestion(operator, paper, spider):
    ended = operator.run("crawl", spider, "-a", f"url={paper.url}", "-a", "limmit=3")
    assert (ended.code, ended.err) == (2, "-a limmit=: unknown argument, did you mean limit?\n")
    assert paper.requests == []


def test_a_source_of_ones_own_code_may_yield_plain_dicts(operator, tmp_path):
    spider = tmp_path / "mine.py"
    spider.write_text(
        "import scrapy\n"
        "class Mine(scrapy.Spider):\n"
        "    name = 'mine'\n"
        "    async def start(self):\n"
        "        yield {'url': 'https://example.com/a', 'headline': 'A headline', 'articleBody': 'Some text. ' * 40}\n"
        "        yield {'url': 'https://example.com/b', 'headline': 'Another', 'articleBody': 'some  text ' * 40}\n"
        "        yield {'url': 'https://example.com/c', 'headline': 'No text'}\n"
    )
    ended = operator.run("runspider", str(spider))
    assert ended.code == 0
    (record,) = operator.records
    assert record["headline"] == "A headline"
    total = operator.report["sources"]["example-com"]["total"]
    assert total["duplicate"] == {"same_text": 1}
    assert total["rejected"] == {"invalid_item": 1}
    assert json.loads(operator.lines[0])["metadata"]["discovery"]["method"] == "spider"
