"""What a failed request means: the outcome of its address, the reason by name, and when to try again."""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime
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
    UnsupportedURLSchemeError,
)
from scrapy.spidermiddlewares.httperror import HttpError

from crawler import urls
from crawler.politeness.resolver import BLOCKED
from crawler.politeness.scope import OutOfScope

if TYPE_CHECKING:
    from scrapy.statscollectors import StatsCollector
    from twisted.python.failure import Failure

#: Seconds until the second, third and fourth try of an address whose failure may pass; then it is left alone.
RETRIES = (3_600, 21_600, 86_400)
#: Seconds until a refusal is asked about again: sites change their rules.
DAY = 86_400

#: Statuses that say that the address itself is no more or never was; trying again asks the same question.
GONE = frozenset({400, 404, 405, 406, 410, 414, 415, 501, 505})

EXCEPTIONS: tuple[tuple[type[BaseException], str], ...] = (
    (CannotResolveHostError, "dns"),
    (DownloadTimeoutError, "timeout"),
    (DownloadConnectionRefusedError, "connection_refused"),
    (ResponseDataLossError, "cut_short"),
    (DownloadFailedError, "connection_failed"),
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
    reason: str
    detail: str
    retry_in: float | None = None
    """Seconds; None = never."""


def outcome_of(failure: Failure, *, tries: int, stats: StatsCollector) -> Outcome:
    """Return the outcome of a request that failed at its *tries*-th try."""
    error = failure.value
    detail = str(error) or type(error).__name__
    if isinstance(error, HttpError):
        return _of_status(error.response.status, tries)
    if isinstance(error, OutOfScope):
        return Outcome(state="rejected", reason=error.reason, detail=detail)
    if isinstance(error, IgnoreRequest):
        return _of_refusal(detail)
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
    return Outcome(state="failed", reason=reason, detail=f"{type(error).__name__}: {detail}", retry_in=pause(tries))


def pause(tries: int) -> float | None:
    """Return the seconds until the next try after *tries* of them, or None when it is enough."""
    return RETRIES[tries - 1] if 1 <= tries <= len(RETRIES) else None


def asked_to_wait(failure: Failure, *, now: float) -> float | None:
    """Return how many seconds the answer asks to be left alone for (Retry-After, RFC 9110 §10.2.3), at most a day."""
    if not isinstance(failure.value, HttpError):
        return None
    text = (failure.value.response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if text.isdecimal() and text.isascii():
        return min(float(text), DAY)
    try:
        moment = parsedate_to_datetime(text)
        # A date without a zone is GMT (RFC 9110 §5.6.7).
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now
    except (ValueError, OverflowError):
        return None
    return min(max(seconds, 0.0), DAY)


def _of_status(status: int, tries: int) -> Outcome:
    detail = f"the server answered {status}"
    if status in GONE:
        return Outcome(state="failed", reason=f"http_{status}", detail=detail)
    if 300 <= status < 400:
        return Outcome(state="failed", reason="bad_redirect", detail=f"{detail} and named no address to go to")
    return Outcome(state="failed", reason=f"http_{status}", detail=detail, retry_in=pause(tries))


def _of_refusal(detail: str) -> Outcome:
    if "robots.txt" in detail:
        return Outcome(state="rejected", reason="robots", detail="robots.txt forbids it", retry_in=DAY)
    if "redirections" in detail:
        return Outcome(state="failed", reason="redirect_loop", detail=detail)
    return Outcome(state="failed", reason="refused", detail=detail)
