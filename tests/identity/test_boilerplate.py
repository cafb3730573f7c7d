"""What a site prints around its articles, told from what its articles say."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.identity.boilerplate import SiteText, learn, strip, undecided
from crawler.identity.units import LONGEST_REMEMBERED, key_of

APPEAL = [
    "A message to our readers:",
    "Nobody owns this paper but the people who read it, and every reporter is paid from what you send us.",
    "If you can spare the price of a coffee each month, it keeps the paper open to those who cannot.",
    "Remind me later.",
]
FUSED = "Get the evening edition in your inbox before the kettle has boiled."


def words(chance, count):
    """Words that no other story has: what an article is about."""
    return [f"{chance.choice('bdfgklmnprstvz')}{''.join(chance.choices('aeiourtlsnm', k=7))}" for _ in range(count)]


def story(number, paragraphs=6):
    """The blocks of a story about something that no other story is about."""
    chance = random.Random(number)
    subject = words(chance, 40)
    return [" ".join(chance.choices(subject, k=30)).capitalize() + "." for _ in range(paragraphs)]


def follow_up(number, background):
    """One of several stories about the same thing, which share their background paragraph."""
    chance, shared = random.Random(number), words(random.Random("subject"), 40)
    own = [" ".join(chance.choices(shared + words(chance, 20), k=30)).capitalize() + "." for _ in range(4)]
    return [*own[:2], background, *own[2:]]


def texts(articles):
    return ["\n".join(article) for article in articles]


def put(article, where, lines):
    place = {"top": 0, "middle": len(article) // 2, "end": len(article)}[where]
    return [*article[:place], *lines, *article[place:]]


@pytest.mark.parametrize("where", ["top", "middle", "end"])
def test_an_appeal_of_several_paragraphs_goes_short_lines_included(where):
    articles = [story(number) for number in range(30)]
    with_appeal = [put(article, where, APPEAL) if number % 2 else article for number, article in enumerate(articles)]
    known = learn(texts(with_appeal))
    for article, text in zip(articles, texts(with_appeal), strict=True):
        assert strip(text, known).body == "\n".join(article)


def test_what_is_taken_is_kept_in_order():
    articles = texts(put(story(number), "end", APPEAL) for number in range(20))
    assert strip(articles[0], learn(articles)).taken == tuple(APPEAL)


def test_an_appeal_that_starts_midway_is_found():
    articles = [story(number) if number < 30 else put(story(number), "end", APPEAL) for number in range(60)]
    assert strip(texts(articles)[45], learn(texts(articles))).body == "\n".join(story(45))


def test_the_background_of_follow_ups_is_their_own():
    background = " ".join(words(random.Random("background"), 30)).capitalize() + "."
    articles = [follow_up(number, background) for number in range(8)] + [story(number) for number in range(100, 130)]
    known = learn(texts(articles))
    assert strip(texts(articles)[0], known).body == texts(articles)[0]


def test_a_paragraph_that_stands_once_on_its_site_is_never_taken():
    articles = [put(story(number), "middle", APPEAL) for number in range(40)]
    known = learn(texts(articles))
    for number, text in enumerate(texts(articles)):
        assert set(story(number)) <= set(strip(text, known).body.split("\n"))


def test_a_plug_that_is_fused_to_the_last_paragraph_is_cut_off():
    articles = [story(number) for number in range(30)]
    fused = [
        [*article[:-1], f"{article[-1]} {FUSED}"] if number % 3 else article for number, article in enumerate(articles)
    ]
    known = learn(texts(fused))
    assert strip(texts(fused)[1], known).body == "\n".join(articles[1])
    assert strip(texts(fused)[1], known).taken == (FUSED,)


@pytest.mark.parametrize(
    ("own", "plug"),
    [
        ("町議会は月曜日に橋を架けることを決めた。工事は春に始まる。", "ご購読をお願いします。"),
        ("市議會星期一決定再建一座橋。工程將於春天開始！", "請訂閱電子報。"),
        ("The council voted on Monday.  Work begins in the spring,\u2003and takes two winters.", "Sign up today."),
        ("The council voted on Monday. “Nobody wanted to pay for it,” the mayor said, “or to walk.”", "Sign up today."),
    ],
)
def test_what_a_plug_was_fused_to_stays_as_it_was_written(own, plug):
    known = SiteText(sentences=frozenset({key_of(plug)}))
    for text in (f"{own} {plug}", f"{plug} {own}"):
        assert strip(text, known).body == own
        assert strip(text, known).taken == (plug,)


def test_numbers_that_change_do_not_hide_site_text():
    articles = [
        put(story(n), "end", [f"Already {1000 + n} readers support us, and we need {n} more of them."])
        for n in range(20)
    ]
    assert strip(texts(articles)[3], learn(texts(articles))).body == "\n".join(story(3))


def test_scripts_without_spaces_work():
    appeal = "本報の記事はすべて読者のみなさまのご支援で成り立っています。ご購読をお願いします。"
    chance = random.Random(1)
    letters = [chr(code) for code in range(0x4E00, 0x5E00)]
    articles = [["".join(chance.choices(letters, k=60)) + "。" for _ in range(5)] for _ in range(20)]
    with_appeal = [[*article, appeal] for article in articles]
    known = learn(texts(with_appeal))
    assert strip(texts(with_appeal)[7], known).body == "\n".join(articles[7])


def test_never_more_than_60_percent_of_a_text_is_taken():
    articles = [put(story(number), "end", APPEAL) for number in range(20)]
    known = learn(texts(articles))
    stub = "\n".join(["One short line of its own.", *APPEAL])
    assert strip(stub, known).body == stub
    assert strip(stub, known).is_thin
    assert strip(stub, known).taken == ()


def test_a_few_articles_prove_nothing_of_a_single_block():
    articles = texts(put(story(number), "end", APPEAL[1:2]) for number in range(3))
    assert learn(articles) == SiteText()


@pytest.mark.parametrize("where", ["end", "second"])
def test_a_run_of_blocks_in_the_same_place_of_two_unlike_articles_is_site_text(where):
    """An edition of a few articles, of which only some show the appeal."""
    after = {"end": 6, "second": 2}[where]
    articles = [[*story(number)[:after], *APPEAL, *story(number)[after:]] for number in range(2)]
    articles += [story(number) for number in range(10, 14)]
    known = learn(texts(articles))
    assert [strip(text, known).body for text in texts(articles)][:2] == texts([story(0), story(1)])


def test_a_line_that_stands_between_the_parts_of_an_appeal_ends_no_search():
    """What follows it leads back to it."""
    parts = [f"{part} of what the paper asks of its readers, at length." for part in ("The first", "The next", "All")]
    appeal = [line for part in parts for line in (part, "An advertisement stands here.")]
    articles = [put(story(number), "end", appeal) for number in range(6)]
    assert strip(texts(articles)[0], learn(texts(articles))).body == "\n".join(story(0))


def test_two_follow_ups_that_end_with_the_same_background_keep_it():
    background = [" ".join(words(random.Random(f"background {n}"), 30)).capitalize() + "." for n in range(3)]
    articles = [[*follow_up(number, "")[:2], *follow_up(number, "")[3:], *background] for number in range(2)]
    articles += [story(number) for number in range(10, 14)]
    known = learn(texts(articles))
    assert strip(texts(articles)[0], known).body == texts(articles)[0]


def test_long_articles_are_about_different_things_although_they_share_many_words():
    """The longer an article, the more words it shares with any other: only as many are compared of each."""
    language = words(random.Random("language"), 1500)

    def long_story(number):
        chance = random.Random(number)
        lead = " ".join(words(chance, 90)).capitalize() + "."
        return [lead, *(" ".join(chance.choices(language, k=60)).capitalize() + "." for _ in range(15))]

    articles = [put(long_story(number), "end", APPEAL) for number in range(8)]
    assert strip(texts(articles)[0], learn(texts(articles))).body == "\n".join(long_story(0))


def test_a_donation_appeal_of_a_paper_goes_from_the_first_articles_on():
    """An appeal of salutation, four paragraphs and a button, under each of a few articles of very different length."""
    appeal = [
        "A Message from The Skarvey Times:",
        "Dear readers,",
        'These are hard days for us. A court has called The Skarvey Times a "harmful" paper. This follows a fine.',
        'It is an attempt to keep us quiet. The court says that we "belittle the harbour". We only report on it.',
        "We will go on. But we need your help.",
        "By supporting The Skarvey Times, you keep a free press alive. Thank you for being with us.",
        "Remind me later.",
    ]
    articles = [put(story(number, paragraphs=4 + 3 * number), "end", appeal) for number in range(6)]
    known = learn(texts(articles))
    for number, text in enumerate(texts(articles)):
        assert strip(text, known).body == "\n".join(story(number, paragraphs=4 + 3 * number))


def test_an_article_that_is_an_appeal_keeps_its_text():
    articles = texts([*(put(story(number), "end", APPEAL) for number in range(20)), APPEAL])
    assert strip(articles[-1], learn(articles)).body == "\n".join(APPEAL)


def test_a_line_fused_to_words_without_a_full_stop_is_cut():
    articles = [[*story(number)[:5], f"{story(number)[5]} {FUSED}"] for number in range(20)]
    caption = [*story(30), f"Picture: the quay at noon {FUSED}"]
    known = learn(texts([*articles, caption]))
    assert strip("\n".join(caption), known).body == "\n".join([*story(30), "Picture: the quay at noon"])


def test_fetching_one_article_many_times_proves_nothing():
    """Copies have everything in common, so nothing of them is site text."""
    assert learn(texts([story(1)] * 50)) == SiteText()


def test_a_text_too_long_to_be_kept_is_read_as_any_other():
    known = learn(texts(put(story(number), "end", APPEAL) for number in range(20)))
    article = story(99, paragraphs=200)
    text = "\n".join([*article, *APPEAL])
    assert len(text) > LONGEST_REMEMBERED
    assert strip(text, known).body == "\n".join(article)


def test_one_paragraph_repeated_10000_times_is_bounded():
    began = time.monotonic()
    articles = ["\n".join(["The same words again and again and again."] * 10_000), *texts(map(story, range(30)))]
    known = learn(articles)
    assert strip(articles[0], known).body == articles[0]
    assert time.monotonic() - began < 5


@given(st.lists(st.text(max_size=200), max_size=30))
@settings(max_examples=60, deadline=None)
def test_whatever_the_texts_are_nothing_is_lost(found):
    known = learn(found)
    for text in found:
        stripped = strip(text, known)
        assert len(stripped.body) <= len(text)
        if not stripped.taken:
            assert stripped.body.split() == text.split()


def test_what_recurs_and_is_not_yet_known_is_undecided():
    few = texts([*map(story, range(10)), *(put(story(number), "end", APPEAL[1:2]) for number in (10, 11))])
    assert undecided(few, learn(few)) == {key_of(APPEAL[1])}
    many = texts(put(story(number), "end", APPEAL) for number in range(20))
    assert undecided(many, learn(many)) == frozenset()
