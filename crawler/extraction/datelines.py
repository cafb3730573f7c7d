"""Reads the date a page shows its readers, in many languages; has no clock and decides nothing between dates."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from crawler.extraction import dates, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

    from crawler.extraction.dates import Moment
    from crawler.extraction.document import Document

#: Characters of the shown text that are searched for a labelled date.
_SHOWN_CHARACTERS = 60_000
#: Characters before a date in which its label stands.
_LABEL_CHARACTERS = 30

# Names of the months and their usual short forms; where two languages disagree about a short form, it is left out.
_MONTHS = """
1 january jan januar januari janvier janv enero ene janeiro gennaio gen января январь янв січня stycznia ledna ocak
tammikuuta jänner يناير ιανουαρίου ianuarie január januára január
2 february feb februar februari février févr fév febrero fevereiro fev febbraio febr февраля февраль фев лютого
lutego února şubat helmikuuta فبراير φεβρουαρίου februarie február februára
3 march mar märz mrz maart mars marzo março marz марта март мар березня marca března mart maaliskuuta مارس μαρτίου
martie március
4 april apr avril avr abril abr aprile апреля апрель апр квітня kwietnia dubna nisan huhtikuuta أبريل ابريل απριλίου
aprilie április apríla
5 may mai mei maj mayo maio maggio mag мая май травня maja května mayıs toukokuuta مايو μαΐου május mája
6 june jun juni juin junio junho giugno giu июня июнь июн червня czerwca června haziran kesäkuuta يونيو ιουνίου
iunie június júna
7 july jul juli juillet juil julio julho luglio lug июля июль июл липня lipca července temmuz heinäkuuta يوليو
ιουλίου iulie július júla
8 august aug août aout agosto ago augustus augusti августа август авг серпня sierpnia srpna ağustos elokuuta أغسطس
اغسطس αυγούστου augusztus augusta
9 september sep sept septembre septiembre setiembre setembro settembre set сентября сентябрь сен сент вересня
września září eylül syyskuuta سبتمبر σεπτεμβρίου septembrie szeptember septembra
10 october oct oktober okt octobre octubre outubro out ottobre ott oktobra октября октябрь окт жовтня października
října ekim lokakuuta أكتوبر اكتوبر οκτωβρίου octombrie október októbra
11 november nov novembre noviembre novembro ноября ноябрь ноя листопада listopada listopadu kasım marraskuuta نوفمبر
νοεμβρίου noiembrie novembra
12 december dec dezember dez décembre déc decembre diciembre dic dezembro dicembre декабря декабрь дек грудня
grudnia prosince aralık joulukuuta ديسمبر δεκεμβρίου decembrie decembra
"""


def _folded(text: str) -> str:
    """Return *text* in small letters, character for character; dotted and dotless i of Turkish are one."""
    return text.replace("İ", "i").lower().replace("ı", "i")


def _numbers() -> dict[str, int]:
    found: dict[str, int] = {}
    number = 0
    for word in _MONTHS.split():
        if word.isdigit():
            number = int(word)
        else:
            found[_folded(word)] = number
    return found


_NUMBER_OF = _numbers()
_NAMES = "|".join(sorted(_NUMBER_OF, key=len, reverse=True))
_MONTH = rf"(?P<month>{_NAMES})(?!\w)\.?"
_YEAR = r"(?P<year>(?:19|20)\d\d)(?!\d)"
_DAY = r"(?<![\d./-])(?P<day>[0-3]?\d)"
_CLOCK = r"(?P<clock>\D{1,8}[0-2]?\d[:.][0-5]\d(?!\s*[ap]\.?m|[.\d]))?"
# Searched in folded text: searches that ignore case take several times as long.
_FORMS = tuple(
    re.compile(form + _CLOCK)
    for form in (
        rf"{_DAY}(?:st|nd|rd|th|er|º|ª|\.)?[\s-]*(?:de\s+|of\s+)?{_MONTH}[\s,-]*(?:de\s+|del\s+)?{_YEAR}",
        rf"(?<!\w){_MONTH}\s*{_DAY}(?:st|nd|rd|th)?\s*,?\s+{_YEAR}",
        rf"(?<![\d./-]){_YEAR}\s*(?:[-./年]|년)\s*(?P<month>[01]?\d)\s*(?:[-./月]|월)\s*(?P<day>[0-3]?\d)(?!\d)(?:\s?[일日])?",
        rf"{_DAY}\.\s*(?P<month>[01]?\d)\.\s*{_YEAR}",
    )
)
_SLASHED = re.compile(rf"(?<![\d./-])(?P<first>[0-3]?\d)[/-](?P<second>[0-3]?\d)[/-]{_YEAR}{_CLOCK}")
_ANY_YEAR = re.compile(r"(?:19|20)\d\d")
#: No form reaches further from its year than this (characters), its clock and what stands beside it included.
_YEAR_REACH = 100
_TIME = re.compile(r"(\d{1,2})[:.](\d\d)")
_PUBLICATION = re.compile(
    r"publi(?:shed|c|é|kov|k)|post(?:ed|ado)|veröffentlicht|erschienen|erstellt|опубликован|опубліковано|written|"
    r"created|issued|geplaatst|pubblicat|julkaistu|publicerad|udgivet|publisert|yayin"
)
_CHANGE = re.compile(
    r"updat|modif|revis|review|edit(?:ed|ado)|aktualisier|geändert|änderung|stand|mis à jour|actualiz|atualizad|"
    r"aggiornat|bijgewerkt|обновл|оновлен|zaktual|uppdater|oppdater|opdater|päivitet|güncel|copyright|©"
)
# Between the word and its date stand no digits and not more characters than this.
_PUBLISHED, _CHANGED = (re.compile(rf"(?:{words.pattern})[^\d]{{0,25}}$") for words in (_PUBLICATION, _CHANGE))
_LINE_WORD = re.compile(r"date|datum|time|publish|posted|fecha|data|created|meta|info|byline")
_LINE_CLASS = re.compile(
    r"(?:^|[\s_-])(?:date|datum|time|timestamp|published?|posted|pubdate|dateline|fecha|data|created|meta|info|byline)"
    r"(?:$|[\s_-])|(?-i:[a-z](?:Date|Time)(?:$|[A-Z\s_-]))",
    re.IGNORECASE,
)


def published(document: Document, language: str | None) -> Iterator[Moment]:
    """Yield the days and local times a page shows as its publication, the surest first.

    First a date with a word for publication before it, then the first one between headline and text, then the first in
    an element of that class. One with a word for a change before it is not yielded. 1/2/2026 is read where only one
    order makes a date or *language* (BCP 47) has one order.
    """
    shown = document.shown[:_SHOWN_CHARACTERS]
    yield from (moment for moment, label in find(shown, language, _PUBLICATION) if _PUBLISHED.search(label))
    for line in _lines(document):
        yield from (at for at, label in find(visible.line_of(line), language) if not _CHANGED.search(label))


def _lines(document: Document) -> Iterator[HtmlElement]:
    yield from visible.lines_under_heading(document)
    yield from visible.lines_of_class(document, document.classes(_LINE_WORD, _LINE_CLASS))


def find(text: str, language: str | None = None, beside: re.Pattern[str] | None = None) -> Iterator[tuple[Moment, str]]:
    """Yield the dates written in *text*, in its order, each with the text before it, folded.

    Only around years that have one of the words *beside* them, if that is given.
    """
    for stretch, start in _around_years(text):
        if beside is None or beside.search(stretch):
            yield from _found(stretch, start, language)


def _found(stretch: str, start: int, language: str | None) -> list[tuple[Moment, str]]:
    """Return the dates from *start* on in a stretch of folded text."""
    found = [
        (match, _moment(match, _month(match["month"]), match["day"]))
        for form in _FORMS
        for match in form.finditer(stretch, start)
    ]
    found += [(match, _slashed(match, language)) for match in _SLASHED.finditer(stretch, start)]
    found.sort(key=lambda pair: pair[0].start())
    return [(at, stretch[max(0, m.start() - _LABEL_CHARACTERS) : m.start()]) for m, at in found if at is not None]


def _around_years(text: str) -> Iterator[tuple[str, int]]:
    """Yield the stretches of *text* that may hold a date, folded, and where in each one dates may begin.

    All forms have a year, and most of a page has none.
    """
    places: list[tuple[int, int]] = []
    for match in _ANY_YEAR.finditer(text):
        start, end = max(0, match.start() - _YEAR_REACH), match.end() + _YEAR_REACH
        if places and start <= places[-1][1]:
            start = places.pop()[0]
        places.append((start, end))
    for start, end in places:
        label = max(0, start - _LABEL_CHARACTERS)
        yield _folded(text[label:end]), start - label


def _month(name: str) -> int:
    return int(name) if name.isdigit() else _NUMBER_OF[name]


def _slashed(match: re.Match[str], language: str | None) -> Moment | None:
    first, second = int(match["first"]), int(match["second"])
    if first > 12 or first == second:
        return _moment(match, second, match["first"])
    if second > 12 or language == "en-US":
        return _moment(match, first, match["second"])
    # "en" alone may mean either order.
    return _moment(match, second, match["first"]) if language and language != "en" else None


def _moment(match: re.Match[str], month: int, day: str) -> Moment | None:
    clock = _TIME.search(match["clock"] or "")
    text = f"{match['year']}-{month:02}-{int(day):02}" + (f"T{int(clock[1]):02}:{clock[2]}" if clock else "")
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return None
    return dates.parse(text)
