"""Knows news agencies by the names that bylines and credits give them, and by their own sites."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawler.identity.text import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Agencies with their other names as bylines write them, and the registrable domains of their own sites.
AGENCIES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "The Associated Press": (("Associated Press", "AP", "AP News"), ("apnews.com", "ap.org")),
    "Reuters": (("Thomson Reuters", "Reuters Staff"), ("reuters.com",)),
    "Agence France-Presse": (("AFP", "AFP News"), ("afp.com",)),
    "dpa": (("Deutsche Presse-Agentur", "dpa international"), ("dpa.com", "dpa-international.com")),
    "EFE": (("Agencia EFE",), ("efe.com",)),
    "ANSA": (("Redazione ANSA",), ("ansa.it",)),
    "TASS": (("ТАСС", "ITAR-TASS", "ИТАР-ТАСС"), ("tass.com", "tass.ru")),
    "Interfax": (("Интерфакс",), ("interfax.com", "interfax.ru")),
    "RIA Novosti": (("РИА Новости", "RIA"), ("ria.ru",)),
    "Xinhua": (("新华社", "Xinhua News Agency"), ("xinhuanet.com", "news.cn")),
    "Kyodo News": (("共同通信", "Kyodo"), ("kyodonews.net",)),
    "Jiji Press": (("時事通信",), ("jiji.com",)),
    "Yonhap": (("연합뉴스", "Yonhap News Agency"), ("yna.co.kr",)),
    "Press Trust of India": (("PTI",), ("ptinews.com",)),
    "Asian News International": (("ANI",), ("aninews.in",)),
    "PA Media": (("Press Association", "PA"), ("pa.media",)),
    "The Canadian Press": (("Canadian Press", "La Presse Canadienne"), ("thecanadianpress.com",)),
    "Australian Associated Press": (("AAP",), ("aap.com.au",)),
    "United Press International": (("UPI",), ("upi.com",)),
    "APA": (("Austria Presse Agentur",), ("apa.at",)),
    "Keystone-SDA": (("SDA", "Keystone-ATS"), ("keystone-sda.ch",)),
    "epd": (("Evangelischer Pressedienst",), ("epd.de",)),
    "KNA": (("Katholische Nachrichten-Agentur",), ("kna.de",)),
    "Belga": (("Agence Belga",), ("belganewsagency.eu",)),
    "ANP": (("Algemeen Nederlands Persbureau",), ("anp.nl",)),
    "NTB": (("Norsk Telegrambyrå",), ("ntb.no",)),
    "TT": (("Tidningarnas Telegrambyrå",), ("tt.se",)),
    "Ritzau": (("Ritzaus Bureau",), ("ritzau.dk",)),
    "Lusa": (("Agência Lusa",), ("lusa.pt",)),
    "Europa Press": ((), ("europapress.es",)),
    "PAP": (("Polska Agencja Prasowa",), ("pap.pl",)),
    "ČTK": (("Česká tisková kancelář", "CTK"), ("ctk.cz",)),
    "Ukrinform": (("Укрінформ", "Укринформ"), ("ukrinform.net", "ukrinform.ua")),
    "Anadolu": (("Anadolu Agency", "Anadolu Ajansı", "AA"), ("aa.com.tr",)),
}

#: Names of so few letters are words of a language too, and count only where nothing else is said.
SHORT = 4
_NAMES = {normalise(name): agency for agency, (names, _) in AGENCIES.items() for name in (agency, *names)}
_DOMAINS = {domain: agency for agency, (_, domains) in AGENCIES.items() for domain in domains}
_LONG = "|".join(sorted((re.escape(name) for name in _NAMES if len(name) > SHORT), key=len, reverse=True))
_CREDITED = re.compile(rf"\b(?:{_LONG})\b")
#: Abbreviations are looked for as they are written: AP is an agency, ap is not.
_ABBREVIATIONS = {name for agency, (names, _) in AGENCIES.items() for name in (agency, *names) if name.isupper()}
_ABBREVIATED = re.compile(rf"\b(?:{'|'.join(sorted(_ABBREVIATIONS))})\b")


def agency_of(authors: Iterable[str], credit_lines: Iterable[str] = ()) -> str | None:
    """Return the agency that an article's byline (or else one of its credit lines) names, or None."""
    for author in authors:
        if agency := _NAMES.get(normalise(author)):
            return agency
    for credit in credit_lines:
        found = _CREDITED.search(normalise(credit)) or _ABBREVIATED.search(credit)
        if found:
            return _NAMES[normalise(found[0])]
    return None


def agency_at(domain: str) -> str | None:
    """Return the agency whose own site has this registrable domain, or None."""
    return _DOMAINS.get(domain)
