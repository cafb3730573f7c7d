"""Recognises what stands before an article: bot checks, consent and login walls, subscription stubs, error pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lxml.etree import XPath

from crawler.extraction.document import text_of
from crawler.identity import word_count

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.html import HtmlElement

    from crawler.extraction.document import Document

Finding = tuple[str, str]

#: A wall says little: pages with more visible words are something else.
WALL_WORDS = 350
ERROR_WORDS = 400
#: A subscription stub has fewer words of text than this.
STUB_WORDS = 60
#: A block that asks for a subscription is short; a longer one only speaks of subscriptions.
_ASKING_CHARACTERS = 200

# Titles and elements of bot checks that replace the page. Their scripts alone prove nothing: good pages load them too.
_CHALLENGE_TITLE = re.compile(
    r"^(?:just a moment|attention required!|one moment, please|checking your browser|ddos-guard|access denied|"
    r"are you a robot|"
    r"pardon our interruption|verify you are human|security check|robot check|please wait|human verification|"
    r"you have been blocked|"
    r"bitte warten|un momento|nur einen moment|подождите|client challenge|validate.perfdrive)",
    re.IGNORECASE,
)
_CHALLENGE_MARKS = (
    *(
        "_cf_chl_opt",
        "cf-challenge",
        "cf-error-details",
        "cf_captcha",
        "captcha-delivery.com",
        "px-captcha",
        "_incapsula_resource",
    ),
    *(
        "sucuri_cloudproxy",
        "awswafcookiedomainlist",
        "gokuprops",
        "ddos-guard",
        "distil_r_captcha",
        "challenge-form",
        "sec-if-cpt",
    ),
)
_CONSENT_WORDS = re.compile(
    r"cookies?\b|consent|einwillig|zustimm|datenschutz|consentement|consentimiento|consenso|toestemming|"
    r"samtycke|samtykke|zgod[aęy]|"
    r"souhlas|соглас|файл\w* cookie|privacy|gdpr|dsgvo|rgpd|tcf|werbung und tracking|mit werbung weiterlesen",
    re.IGNORECASE,
)
_CONSENT_ACTION = re.compile(
    r"\b(?:accept|agree|i agree|reject all|manage (?:options|settings|preferences)|akzeptier\w*|zustimmen|"
    r"alle ablehnen|accepter|"
    r"tout refuser|aceptar|rechazar|accetta\w*|rifiuta|accepteren|akkoord|godkänn\w*|acceptera|godta|"
    r"accepter alle|akceptuj\w*|"
    r"souhlasím|přijmout|принять|согласен|принимаю|kabul)\b",
    re.IGNORECASE,
)
_CONSENT_ADDRESS = re.compile(
    r"//(?:consent|cmp|privacy|zustimmung)\.|/(?:consent|cookie-?wall|privacy-gate|zustimmung|gdpr)\b", re.IGNORECASE
)
_LOGIN = re.compile(
    r"\b(?:log ?in|sign ?in|anmelden|einloggen|se connecter|connexion|iniciar sesión|accedi|inloggen|logga in|"
    r"logg inn|zaloguj|"
    r"přihlásit|войти|вход|вхід|giriş yap)\b",
    re.IGNORECASE,
)
_ERROR_TITLE = re.compile(
    r"(?:^|\b)(?:error\s*)?(?:40[0349]|410|429|50[0-4])\b(?:\s*[-–—:|]|\s+(?:error|not found|forbidden|page)|\s*$)|"
    r"\b(?:page|article|site|file|document|content|story)\s+(?:was\s+|is\s+|could not be\s+|cannot be\s+|"
    r"can.?t be\s+)?(?:not found|not available|"
    r"unavailable|found|no longer available|does(?:n.t| not) exist|missing)(?=\W*$)|^not found$|^(?:oops|"
    r"sorry)\b[^.]{0,40}$|"
    r"seite (?:wurde )?nicht (?:gefunden|verfügbar)|page (?:introuvable|non trouvée)|página no encontrada|"
    r"no se ha encontrado|"
    r"pagina (?:non trovata|niet gevonden)|sidan (?:kunde inte hittas|hittades inte)|siden (?:blev ikke fundet|"
    r"finnes ikke)|"
    r"страница не найдена|сторінку не знайдено|strona nie (?:istnieje|została znaleziona)|stránka (?:nenalezena|"
    r"nebyla nalezena)|"
    r"sayfa bulunamadı|service unavailable|bad gateway|internal server error|temporarily unavailable|"
    r"under maintenance|wartungsarbeiten",
    re.IGNORECASE,
)
_SUBSCRIBE = re.compile(
    r"\b(?:subscribe (?:now |today )?to (?:continue|read|keep)|to continue reading|continue reading with|"
    r"subscribers? only|for subscribers|"
    r"already a subscriber|become a (?:member|subscriber)|(?:this|the) (?:article|story|content) is (?:only |"
    r"exclusively )?(?:available )?(?:to|for) "
    r"(?:our )?(?:subscribers|members)|jetzt weiterlesen|weiterlesen mit|nur für abonnenten|abo abschließen|"
    r"artikel freischalten|"
    r"réservé aux abonnés|abonnez-vous pour|pour lire la suite|il vous reste|solo para suscriptores|"
    r"contenido exclusivo para suscriptores|"
    r"suscríbete para|riservato agli abbonati|abbonati per|alleen voor abonnees|endast för prenumeranter|"
    r"for abonnenter|dla subskrybentów|"
    r"только (?:для|по) подпис\w+|доступно по подписке|оформите подписку)",
    re.IGNORECASE,
)
#: What no text is without that matches this, in lower case: to look for words is far cheaper than to try the pattern.
_SUBSCRIBE_WORDS = (
    *("subscri", "continue reading", "member", "weiterlesen", "abonn", "abo abschließen", "freischalten", "abbona"),
    *("lire la suite", "il vous reste", "suscri", "suscrí", "prenumer", "subskryb", "подпис"),
)
_PASSWORDS: Callable[..., Any] = XPath("//input[@type='password']")
_WALL_CLASS = re.compile(
    r"paywall|subscribe-?(?:wall|box)|reg(?:istration)?-?wall|piano-?offer|premium-?(?:box|wall)|"
    r"subscription-?(?:wall|required)",
    re.IGNORECASE,
)


def before(document: Document, *, has_article: bool) -> Finding | None:
    """Return the wall that was served in place of the page: its reason and the evidence, or None.

    A page that describes an article in JSON-LD is not a consent or login dialogue, though it may show one.
    """
    words = document.shown_words
    found = challenge(document, words) or error_page(document, words)
    return found if has_article or found else consent(document, words) or login(document, words)


def challenge(document: Document, words: int) -> Finding | None:
    """Return what shows that a bot check was served instead of the page (*words*: visible words of it)."""
    if words > WALL_WORDS:
        return None
    title = document.title or ""
    if match := _CHALLENGE_TITLE.search(title):
        return "challenge", f'A bot check stands before the page: its title is "{match[0]}".'
    source = " ".join(s.text or s.get("src") or "" for s in document.tree.iter("script")) + _ids(document)
    mark = next((m for m in _CHALLENGE_MARKS if m in source.lower()), None)
    return (
        ("challenge", f'A bot check stands before the page: it holds "{mark}" and only {words} words.')
        if mark
        else None
    )


def consent(document: Document, words: int) -> Finding | None:
    """Return what shows that a consent dialogue is all there is."""
    if words > WALL_WORDS:
        return None
    heading = f"{document.title or ''} {' '.join(text_of(e) for e in document.tree.iter('h1', 'h2'))}"
    text = document.shown
    asks = _CONSENT_WORDS.findall(text)
    button = _CONSENT_ACTION.search(text)
    if (
        button
        and asks
        and (
            _CONSENT_WORDS.search(heading) or _CONSENT_ADDRESS.search(document.url) or len(asks) >= max(3, words // 30)
        )
    ):
        return (
            "consent_wall",
            f'A consent dialogue stands before the page: "{asks[0]}" and "{button[0]}" in {words} words.',
        )
    return None


def login(document: Document, words: int) -> Finding | None:
    """Return what shows that a login form is all there is."""
    if words > WALL_WORDS or not _PASSWORDS(document.tree):
        return None
    heading = f"{document.title or ''} {' '.join(text_of(e) for e in document.tree.iter('h1'))}"
    match = _LOGIN.search(heading)
    return ("login_wall", f'A login form stands before the page, under "{match[0]}".') if match else None


def error_page(document: Document, words: int) -> Finding | None:
    """Return what shows that an error page was served as if all were well."""
    if words > ERROR_WORDS:
        return None
    headings = [document.title or "", *(text_of(e) for e in document.tree.iter("h1"))]
    match = next((m for h in headings if len(h) <= 120 and (m := _ERROR_TITLE.search(h))), None)
    return ("error_page", f'The page says it is an error page: "{match[0]}".') if match else None


def subscription(document: Document, free: bool | None, body: str) -> Finding | None:
    """Return what shows that only the beginning of a paid article is here (*body*: its main text, whole).

    What counts is the text above the first block that asks for a subscription: below it stand the site's own appeals.
    """
    blocks = body.split("\n")
    asking = next((at for at, block in enumerate(blocks) if _asks(block)), None) if _may_ask(body) else None
    words = word_count("\n".join(blocks[:asking]))
    if words >= STUB_WORDS:
        return None
    closed = free is False or _has_box(document)
    if not closed:
        words = word_count(body)
    match = _SUBSCRIBE.search(document.shown)
    if words >= STUB_WORDS or not (closed or match):
        return None
    said = "says it is not free" if free is False else f'asks for a subscription ("{match[0] if match else "box"}")'
    return "paywall", f"The page {said} and shows {words} words."


def _may_ask(text: str) -> bool:
    lowered = text.lower()
    return any(words in lowered for words in _SUBSCRIBE_WORDS)


def _asks(block: str) -> bool:
    return len(block) <= _ASKING_CHARACTERS and _may_ask(block) and bool(_SUBSCRIBE.search(block))


def _has_box(document: Document) -> bool:
    return any(_WALL_CLASS.search(_names(e)) for e in document.tree.iter("div", "section", "aside"))


def _names(element: HtmlElement) -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''}"


def _ids(document: Document) -> str:
    return " ".join(_names(e) for e in document.tree.iter("div", "form", "iframe"))
