"""Lists words by which short lines around an article give themselves away, in a dozen languages; weighs nothing.

Each list holds words of general meaning that publishers everywhere use for one purpose; none was taken from a site.
The model decides what such a word is worth in its place: the same word in a sentence of the article is worth nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable

#: From this letter on, scripts may write words of a list without a space after them.
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
_BEGINNING = re.compile(r"(\w+?)(?:\w\?|(?=\W|$))")
#: Letters by which the words of a text are held against those of a list before any pattern is tried.
_LETTERS = 3


@attrs.frozen(kw_only=True)
class Cue:
    """The words of one purpose."""

    pattern: re.Pattern[str]
    """Finds them in case-folded text."""
    beginnings: frozenset[str]
    """First letters of their first words, one of which a text must have to hold any."""


def _cue(words: str) -> Cue:
    begun = [match[1][:_LETTERS] for word in _OR.split(words) if (match := _BEGINNING.match(word))]
    return Cue(pattern=re.compile(rf"(?<!\w)(?:{words})"), beginnings=frozenset(begun))


#: Name of a purpose to its words.
CUES = {name: _cue(words) for name, words in _WORDS.items()}


def counts(text: str, words: Iterable[str]) -> list[int]:
    """Return how often each purpose of :data:`CUES` is spoken of in *text*, case-folded, that consists of *words*."""
    begun = {word[:_LETTERS] for word in words}
    if max(begun, default="") >= _UNSPACED:
        return [len(cue.pattern.findall(text)) for cue in CUES.values()]
    return [0 if cue.beginnings.isdisjoint(begun) else len(cue.pattern.findall(text)) for cue in CUES.values()]
