"""Lists words by which short lines around an article give themselves away, in a dozen languages; weighs nothing.

Each list holds words of general meaning that publishers everywhere use for one purpose; none was taken from a site.
The model decides what such a word is worth in its place: the same word in a sentence of the article is worth nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate, chain
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

#: From this letter on, scripts write words of a list without a space after them.
_UNSPACED = "\u2e80"
_WORDS = {
    "more": (
        "read more|read also|also read|see also|related|more on|more from|recommended|you may|you might|"
        "must read|read next|keep reading|continue reading|learn more|find out|click here|watch|listen|"
        "most read|trending|don't miss|up next|mehr zum|mehr dazu|lesen sie|lies auch|auch interessant|"
        "weiterlesen|zum thema|passend dazu|lire aussi|à lire|voir aussi|en savoir plus|sur le même|"
        "lee también|leer más|más información|te puede|lea también|leggi anche|leggi|approfondi|leia também|"
        "leia mais|saiba mais|veja também|lees ook|lees meer|czytaj|zobacz|läs mer|läs också|les også|"
        "læs også|lue myös|citește|čtěte|viac|ayrıca|devamı|читайте|подробнее|также|関連|続きを読む|相关|阅读"
    ),
    "subscribe": (
        "subscrib|sign up|newsletter|log in|login|register|inbox|email|e-mail|free trial|membership|donat|"
        "support us|app store|google play|download|notification|abonn|anmelden|kostenlos|unterstütz|inscri|"
        "s'abonner|suscri|iscriviti|assine|cadastr|aanmelden|nieuwsbrief|zapisz|prenumer|tilaa|подпис|abone|"
        "購読|登録|订阅"
    ),
    "share": (
        "share|follow|tweet|facebook|twitter|instagram|whatsapp|telegram|linkedin|youtube|comment|copy link|"
        "print|bookmark|teilen|folgen|kommentar|partag|suivez|commentaire|compart|síguenos|comentario|"
        "condivid|seguici|siga|delen|volg|udostęp|dela|jaa|поделит|комментар|paylaş|シェア|分享"
    ),
    "byline": (
        "by |written by|posted|published|updated|last modified|author|reporter|correspondent|editor|"
        "minutes? read|min read|von |veröffentlicht|aktualisiert|stand:|autor|redak|lesezeit|par |publié|"
        "mis à jour|publicado|actualizado|redacción|di |pubblicato|aggiornato|por |atualizado|door |"
        "gepubliceerd|bijgewerkt|autor|opublik|publicerad|uppdaterad|julkaistu|опубликован|обновлен|автор|"
        "yayın|güncelle|公開|更新|记者|编辑"
    ),
    "credit": (
        "photo|image|picture|getty|reuters|associated press|afp|courtesy|contributed|reporting by|editing by|"
        "credit|source|foto|bild|quelle|crédit|fuente|fonte|bron|źródło|källa|lähde|фото|источник|kaynak|"
        "写真|来源|图"
    ),
    "legal": (
        "copyright|all rights reserved|terms of|privacy|cookie|disclaimer|affiliate|commission|sponsor|"
        "advert|reproduc|permission|trademark|rechte vorbehalten|datenschutz|anzeige|werbung|droits réservés|"
        "publicité|derechos reservados|publicidad|riproduzione|diritti|pubblicità|direitos|publicidade|"
        "rechten|advertentie|zastrzeżone|reklam|права|реклама|著作権|版权"
    ),
    "contact": (
        "contact|reach|tips?|send us|write to|editor@|born in|graduate|"
        "is a (?:writer|reporter|journalist|freelance|senior|staff)|is the author|covers|can be reached|"
        "kontakt|schreib|ist (?:redakteur|autor|journalist)|contactez|journaliste|contact[ao]|escribe|"
        "periodista|giornalista|jornalista|journalist"
    ),
}
_OR = re.compile(r"\|(?![^(]*\))")
#: What stands in a pattern as it does in a text: up to a choice, or to the letter before one that may be missing.
_PLAIN = re.compile(r"[^(\[?]+(?!\?)")
_WORD = re.compile(r"\w+")
#: Letters by which the words of a text find the entries that begin with them.
_LETTERS = 3


@attrs.frozen(kw_only=True)
class Beginning:
    """How an entry of a list begins, whatever its choices; a text without it need not be searched for the entry."""

    purpose: int
    """Place in :data:`CUES`."""
    text: str
    word: str
    is_whole: bool
    """Whether its first word is *word*, or only begins with it."""


def _beginning(purpose: int, entry: str) -> Beginning:
    text = _matched(_PLAIN, entry)
    word = _matched(_WORD, text)
    return Beginning(purpose=purpose, text=text, word=word, is_whole=word != text)


def _matched(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.match(text)
    assert match
    return match[0]


def _by_letters(beginnings: Iterable[Beginning]) -> dict[str, list[Beginning]]:
    found: dict[str, list[Beginning]] = {}
    for beginning in beginnings:
        found.setdefault(beginning.word[:_LETTERS], []).append(beginning)
    return found


#: Name of a purpose to what finds its words in case-folded text.
CUES = {name: re.compile(rf"(?<!\w)(?:{words})") for name, words in _WORDS.items()}
_PATTERNS = tuple(CUES.values())
_BEGINNINGS = [_beginning(n, entry) for n, words in enumerate(_WORDS.values()) for entry in _OR.split(words)]
_BY_LETTERS = _by_letters(_BEGINNINGS)
_WITHOUT_SPACES = [beginning for beginning in _BEGINNINGS if beginning.word >= _UNSPACED]


def counts(texts: Sequence[str], words: Collection[str]) -> list[list[int]]:
    """Return how often each purpose of :data:`CUES` is spoken of in each of *texts*, case-folded.

    *words* are theirs, normalised. A pattern costs far more than to find a fixed text, so beginnings of
    what these words may be part of are looked for in all texts at once, and a pattern is tried where one stands.
    """
    joined = "\n".join(texts)
    starts = list(accumulate((len(text) + 1 for text in texts), initial=0))
    found = [[0] * len(_PATTERNS) for _ in texts]
    for purpose, beginning in _begun(words):
        at = joined.find(beginning)
        while at >= 0:
            n = bisect_right(starts, at) - 1
            found[n][purpose] = found[n][purpose] or len(_PATTERNS[purpose].findall(texts[n]))
            at = joined.find(beginning, starts[n + 1])
    return found


def _begun(words: Collection[str]) -> set[tuple[int, str]]:
    """Return the beginnings, each with its purpose, whose first words may be among *words*, normalised."""
    found = (
        beginning
        for word in words
        for beginning in _BY_LETTERS.get(word[:_LETTERS], ())
        if (word == beginning.word if beginning.is_whole else word.startswith(beginning.word))
    )
    unspaced = _WITHOUT_SPACES if max(words, default="") >= _UNSPACED else ()
    return {(beginning.purpose, beginning.text) for beginning in chain(found, unspaced)}
