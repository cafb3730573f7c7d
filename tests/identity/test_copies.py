"""The same story known again when it was cut, extended, edited or given a new headline; and what is no copy."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.identity.copies import containment, is_same_story, pack, query, sketch, unpack

RATES = (
    "The National Bank set the official exchange rate of the dollar at {} crowns on {}, {} crowns more than the day "
    "before. The euro was fixed at {} crowns, against {} crowns on {}. The pound cost {} crowns. On the interbank "
    "market the dollar was quoted at {} crowns at the close of trading, and the volume of transactions reached {} "
    "million, the bank said. Since the beginning of the year the crown has lost {} percent against the dollar."
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


def story(number, sentences=30):
    """Sentences of words that hardly any other story has in this order."""
    chance = random.Random(number)
    letters = "aeiourtlsnmbdgk"
    words = ["".join(chance.choices(letters, k=chance.randint(3, 8))) for _ in range(120)]
    return [" ".join(chance.choices(words, k=15)).capitalize() + "." for _ in range(sentences)]


def text(sentences):
    return "\n".join(sentences)


CHANGES = {
    "the first 30 %": lambda own: own[:9],
    "the first half": lambda own: own[:15],
    "the first 70 %": lambda own: own[:21],
    "the last half": lambda own: own[15:],
    "every third sentence gone": lambda own: [line for place, line in enumerate(own) if place % 3],
    "extended at the end": lambda own: own + story("more", 15),
    "extended at the top": lambda own: story("more", 10) + own,
    "a new first paragraph": lambda own: [*story("other", 2), *own[1:]],
    "a word in 20 edited": lambda own: [
        " ".join(word if place % 20 else "anew" for place, word in enumerate(line.split(), number))
        for number, line in enumerate(own)
    ],
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_changed_copy_is_the_same_story_and_is_found_by_the_index(change):
    known = found = 0
    for number in range(20):
        own = story(number)
        original, copy = sketch(text(own)), sketch(text(change(own)))
        assert is_same_story(original, copy) == is_same_story(copy, original)
        known += is_same_story(original, copy)
        found += len(query(copy) & original.indexed()) >= 2
    # A sample is a sample: two in twenty may be missed.
    assert known >= 18
    assert found >= 18


def test_stories_about_different_things_are_not_the_same():
    sketches = [sketch(text(story(number))) for number in range(40)]
    assert not any(is_same_story(one, other) for one in sketches for other in sketches if one is not other)


def test_two_issues_of_a_series_are_not_copies():
    chance = random.Random(1)

    def issue():
        day = chance.choice(DAYS)
        numbers = [f"{chance.randint(100, 9999) / 100}" for _ in range(8)]
        return sketch(RATES.format(numbers[0], day, *numbers[1:4], chance.choice(DAYS), *numbers[4:]))

    issues = [issue() for _ in range(20)]
    pairs = [(one, other) for place, one in enumerate(issues) for other in issues[:place]]
    assert sum(is_same_story(*pair) for pair in pairs) <= 0.03 * len(pairs)


def test_a_text_under_60_words_has_no_sketch():
    assert sketch("A short notice. " * 10) is None
    assert sketch("") is None


def test_scripts_without_spaces_work():
    chance = random.Random(3)
    letters = [chr(code) for code in range(0x4E00, 0x5E00)]
    own = ["".join(chance.choices(letters, k=40)) + "。" for _ in range(20)]
    assert is_same_story(sketch(text(own)), sketch(text(own[:12])))


def test_a_name_in_another_script_does_not_hide_a_copy():
    own = text(story(1))
    named = sketch(f"{own} Its name is 海港信使報.")
    assert is_same_story(sketch(own), named)


def test_containment_is_about_the_shorter_text():
    own = story(1)
    assert containment(sketch(text(own)), sketch(text(own + story(2) + story(3)))) > 0.6


@given(st.text(max_size=3000))
@settings(max_examples=60, deadline=None)
def test_a_packed_sketch_is_the_sketch(found):
    own = sketch(found)
    assert own is None or unpack(pack(own)) == own


@pytest.mark.parametrize("damage", [b"", b"x", b"\0" * 30, b"\xff" * 40])
def test_damaged_bytes_are_refused_by_name(damage):
    with pytest.raises(ValueError, match="expected a sketch"):
        unpack(damage)


def test_a_sketch_takes_under_a_kilobyte():
    for size in (5, 30, 300):
        own = sketch(text(story(size, size)))
        assert len(pack(own)) + 16 * len(own.indexed()) < 1024 * (1.1 if size == 5 else 1.25)
