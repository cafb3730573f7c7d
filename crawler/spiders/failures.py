"""What a failed request means: the outcome of its address, the reason by name, and when to try again."""

from __future__ import annotations

import re
from time import time
from typing import TYPE_CHECKING

import attrs
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotSupported,
    ResponseDataLossError,
    StopDownload,
    UnsupportedURLSchemeError,
)
from scrapy.spidermiddlewares.httperror import HttpError

from crawler import urls
from crawler.politeness.backoff import retry_after
from crawler.politeness.handler import CertificateRefused
from crawler.politeness.logins import LOGGED_IN, LoginMissing
from crawler.politeness.pace import SiteClosed
from crawler.politeness.resolver import BLOCKED
from crawler.politeness.robots import HOST_LEVEL, RobotsDenied, RobotsUnreachable
from crawler.politeness.scope import OutOfScope

if TYPE_CHECKING:
    from scrapy.statscollectors import StatsCollector
    from twisted.python.failure import Failure

#: Seconds until the second, third and fourth try of an address whose failure may pass; then it is left alone.
RETRIES = (3_600, 21_600, 86_400)
#: Statuses that say that the address itself is no more or never was; trying again asks the same question.
GONE = frozenset({400, 404, 405, 406, 410, 414, 415, 501, 505})

TOO_MANY = 429
PENDING = "pending"
#: What a run stops at for its source: more requests would say the same, and their addresses are better kept for later.
LOCKED = frozenset({"login_missing", "login_expired"})
#: Pages that a login should have opened.
CLOSED_DOORS = frozenset({"login_wall", "paywall"})
#: Answers of a site's own interface that say nothing of the article.
REFUSALS = frozenset({"login_expired", "rate_limited", "api_error", "not_a_document"})
#: Statuses that refuse whoever asks, not what is asked for (RFC 9110 §15.5.2, §15.5.4).
REFUSED_LOGIN = frozenset({401, 403})

EXCEPTIONS: tuple[tuple[type[BaseException], str], ...] = (
    (CannotResolveHostError, "dns"),
    (DownloadTimeoutError, "timeout"),
    (DownloadConnectionRefusedError, "connection_refused"),
    (ResponseDataLossError, "cut_short"),
    (DownloadFailedError, "connection_failed"),
    (CertificateRefused, "certificate"),
    (StopDownload, "overload"),
)
PERMANENT: tuple[tuple[type[BaseException], str], ...] = (
    (DownloadCancelledError, "too_large"),
    (UnsupportedURLSchemeError, "bad_address"),
    (NotSupported, "bad_address"),
)


@attrs.frozen(kw_only=True)
class Outcome:
    """What to settle an address with."""

    state: str
    """An outcome, or pending: its server was not asked at all, and the address waits for it."""
    reason: str
    detail: str
    retry_in: float | None = None
    """Seconds; None = never."""
    covers: str | None = None
    """Pattern of the addresses that wait for the same server."""

    @property
    def was_free(self) -> bool:
        """Whether it was settled without a request, so that it does not count as one of a source's pages."""
        return self.state == PENDING or self.reason == "robots"


def outcome_of(failure: Failure, *, tries: int, stats: StatsCollector) -> Outcome:
    """Return the outcome of a request that failed at its *tries*-th try."""
    error = failure.value
    detail = str(error) or type(error).__name__
    if outcome := _of_login(failure, tries, detail):
        return outcome
    if isinstance(error, HttpError):
        return _of_status(error.response.status, tries)
    if isinstance(error, IgnoreRequest):
        return _of_refusal(error, detail)
    if isinstance(error, CannotResolveHostError) and stats.get_value(BLOCKED + urls.host(failure.request.url)):  # type: ignore[attr-defined]
        return Outcome(
            state="failed",
            reason="blocked_address",
            detail="its address is not public; ALLOW_PRIVATE lists those that may be fetched all the same",
        )
    for kind, reason in PERMANENT:
        if isinstance(error, kind):
            return Outcome(state="failed", reason=reason, detail=detail)
    reason = next((reason for kind, reason in EXCEPTIONS if isinstance(error, kind)), "bad_response")
    retry_in = _endless(tries) if isinstance(error, HOST_LEVEL) else pause(tries)
    return Outcome(state="failed", reason=reason, detail=f"{type(error).__name__}: {detail}", retry_in=retry_in)


def pause(tries: int) -> float | None:
    """Return the seconds until the next try after *tries* of them, or None when it is enough."""
    return RETRIES[tries - 1] if 1 <= tries <= len(RETRIES) else None


def asked_to_wait(failure: Failure, *, now: float) -> float | None:
    """Return how many seconds the answer asks to be left alone for (Retry-After), at most a day."""
    if not isinstance(failure.value, HttpError):
        return None
    return retry_after((failure.value.response.headers.get("Retry-After") or b"").decode("latin-1"), now=now)


def _endless(tries: int) -> float | None:
    """Like ``pause``, for what says nothing of the page itself: it is never given up, as outages end."""
    return pause(min(tries, len(RETRIES)))


def of_page(reason: str, detail: str, *, tries: int, is_logged_in: bool) -> Outcome:
    """Return the outcome of an address whose page is no article, or is not to be had today."""
    if is_logged_in and reason in CLOSED_DOORS:
        return _login_expired(tries, f"the login was sent, and still: {reason}")
    if reason in REFUSALS:
        return Outcome(state="failed", reason=reason, detail=detail, retry_in=_endless(tries))
    return Outcome(state="rejected", reason=reason, detail=detail)


def _login_expired(tries: int, detail: str) -> Outcome:
    """Return the outcome of an address that a login did not open: it is tried again, as logins are renewed."""
    return Outcome(state="failed", reason="login_expired", detail=detail, retry_in=_endless(tries))


def _of_login(failure: Failure, tries: int, detail: str) -> Outcome | None:
    """Return the outcome where the source's login is missing, or was sent and led to a refusal or another site."""
    error = failure.value
    if isinstance(error, LoginMissing):
        return Outcome(state="failed", reason="login_missing", detail=detail, retry_in=_endless(tries))
    if not failure.request.meta.get(LOGGED_IN):  # type: ignore[attr-defined]
        return None
    if isinstance(error, HttpError) and error.response.status in REFUSED_LOGIN:
        return _login_expired(tries, f"the server answered {error.response.status} to the login")
    return _login_expired(tries, f"from the login on: {detail}") if isinstance(error, OutOfScope) else None


def _of_status(status: int, tries: int) -> Outcome:
    detail = f"the server answered {status}"
    if status in GONE:
        return Outcome(state="failed", reason=f"http_{status}", detail=detail)
    if status == TOO_MANY:
        return Outcome(state="failed", reason=f"http_{status}", detail=detail, retry_in=_endless(tries))
    if 300 <= status < 400:
        return Outcome(state="failed", reason="bad_redirect", detail=f"{detail} and named no address to go to")
    return Outcome(state="failed", reason=f"http_{status}", detail=detail, retry_in=pause(tries))


def _of_refusal(error: IgnoreRequest, detail: str) -> Outcome:
    if isinstance(error, OutOfScope):
        return Outcome(state=error.state, reason=error.reason, detail=detail)
    if isinstance(error, RobotsDenied):  # the state brings it back when robots.txt allows it
        return Outcome(state="rejected", reason="robots", detail=detail)
    if isinstance(error, RobotsUnreachable):
        covers = rf"^{re.escape(error.origin)}/"
        return Outcome(state=PENDING, reason="robots_unreachable", detail=detail, retry_in=RETRIES[0], covers=covers)
    if isinstance(error, SiteClosed):
        covers = rf"^https?://([^/]*\.)?{re.escape(error.site)}[:/]"
        return Outcome(
            state=PENDING, reason=error.reason, detail=detail, retry_in=max(error.until - time(), 0), covers=covers
        )
    if "redirections" in detail:
        return Outcome(state="failed", reason="redirect_loop", detail=detail)
    return Outcome(state="failed", reason="refused", detail=detail)
