"""What a robots.txt says to us: our group chosen exactly, whatever stands around it (RFC 9309)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.politeness.rules import LONGEST_DELAY, MOST, rules_of

HOST = "https://courier.example"


def allows(text, path="/a", token="NewsCrawler"):
    body = text if isinstance(text, bytes) else text.encode()
    return rules_of(body, token).allows(HOST + path)


@pytest.mark.parametrize(
    "agent",
    ["NewsCrawler", "newscrawler", "NEWSCRAWLER", "NewsCrawler/1.0", "NewsCrawler (+https://x.example)", "*",
     "* # everyone", " NewsCrawler "],
)  # fmt: skip
def test_a_group_for_our_token_or_for_all_speaks_to_us(agent):
    assert not allows(f"User-agent: {agent}\nDisallow: /")


@pytest.mark.parametrize(
    "agent",
    ["News", "NewsCrawl", "NewsCrawlerPro", "NewsCrawler-Images", "Crawler", "Googlebot", "", "*bot", "NewsBot",
     "Mozilla"],
)  # fmt: skip
def test_a_group_for_another_token_does_not_capture_us(agent):
    assert allows(f"User-agent: {agent}\nDisallow: /")
    assert not allows(f"User-agent: {agent}\nDisallow: /x\n\nUser-agent: *\nDisallow: /a")


def test_our_own_group_wins_over_that_of_all_wherever_it_stands():
    assert allows("User-agent: *\nDisallow: /\n\nUser-agent: NewsCrawler\nDisallow: /x")
    assert allows("User-agent: NewsCrawler\nDisallow:\n\nUser-agent: *\nDisallow: /")


def test_groups_that_name_us_twice_are_one():
    text = (
        "User-agent: NewsCrawler\nDisallow: /a\n\nUser-agent: x\nDisallow: /\n\nUser-agent: newscrawler\nDisallow: /b"
    )
    assert not allows(text, "/a")
    assert not allows(text, "/b")
    assert allows(text, "/c")


@pytest.mark.parametrize(
    "line",
    ["Crawl-delay: 5", "Noindex: /x", "Content-Signal: search=yes", "License: https://x.example/l", "Host: x",
     "Sitemap: https://x.example/s.xml", "Clean-param: ref", "nonsense", "", "# Disallow", "Request-rate: 1/5"],
)  # fmt: skip
def test_a_line_that_is_no_rule_ends_no_group(line):
    assert not allows(f"User-agent: NewsCrawler\n{line}\nDisallow: /a")
    assert not allows(f"User-agent: NewsCrawler\n{line}\nUser-agent: x\n{line}\nDisallow: /a")


@pytest.mark.parametrize(
    "line",
    ["Disallow: /a", "disallow:/a", "DISALLOW : /a", "Disallow /a", "Disallow: /a # why", "  Disallow:\t/a  ",
     "Dissallow: /a", "Disalow: /a", "Disallow: /*a", "Disallow: /a$"],
)  # fmt: skip
def test_a_rule_is_read_as_people_write_it(line):
    assert not allows(f"User-agent: *\n{line}")


@pytest.mark.parametrize("brk", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_line_ends_and_byte_order_marks_do_not_matter(brk, encoding):
    text = brk.join(["User-agent: NewsCrawler", "Disallow: /a", "Allow: /a/b"])
    assert not allows(text.encode(encoding), "/a")
    assert allows(text.encode(encoding), "/a/b")


def test_the_longest_rule_decides_and_allow_wins_a_draw():
    text = "User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /a/b/c\nAllow: /d\nDisallow: /d"
    assert [allows(text, path) for path in ("/a", "/a/b", "/a/b/c", "/d")] == [False, True, False, True]


@pytest.mark.parametrize(
    "text", ["", "User-agent: *", "User-agent: *\nDisallow:", "Disallow: /", "<html><body>Not found</body></html>"]
)
def test_what_says_nothing_allows(text):
    assert allows(text)


def test_what_stands_behind_512000_bytes_is_not_read():
    filler = "# x\n" * (MOST // 4)
    assert allows(f"User-agent: *\n{filler}Disallow: /a")
    assert not allows(f"User-agent: *\nDisallow: /a\n{filler}")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("5", 5), ("0.5", 0.5), ("10 # slow", 10), ("3600", LONGEST_DELAY), ("0", None), ("-1", None), ("soon", None),
     ("1e9", 1), ("nan", None)],
)  # fmt: skip
def test_a_crawl_delay_is_read_and_bounded(value, seconds):
    assert rules_of(f"User-agent: *\nCrawl-delay: {value}".encode(), "NewsCrawler").crawl_delay == seconds


def test_a_crawl_delay_for_others_is_not_ours():
    text = b"User-agent: x\nCrawl-delay: 9\n\nUser-agent: NewsCrawler\nDisallow: /a"
    assert rules_of(text, "NewsCrawler").crawl_delay is None


def test_equal_rules_compare_equal_whatever_stands_around_them():
    assert (
        rules_of(b"User-agent: *\nDisallow: /a", "n").lines == rules_of(b"# x\nUser-agent:*\ndisallow: /a", "n").lines
    )


LINES = st.lists(
    st.sampled_from(["User-agent: ", "Disallow: ", "Allow: ", "Crawl-delay: ", "x", "", "#", "\0", "\x1b"]), max_size=20
)


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=500),
        st.tuples(LINES, st.text(max_size=20)).map(lambda v: v[1].join(v[0]).encode("utf-8", "surrogatepass")),
    )
)
def test_no_bytes_break_it(body):
    rules = rules_of(body, "NewsCrawler")
    assert rules.allows(f"{HOST}/a") in (True, False)
    assert rules.crawl_delay is None or 0 < rules.crawl_delay <= LONGEST_DELAY
