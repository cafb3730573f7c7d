"""From request to response, without a socket: which page, conditional requests, and what a fault changes."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.newsroom.edition import Edition, Resource
    from crawler.newsroom.faults import Fault

_CLIENT_ERROR = 400


@attrs.frozen(kw_only=True)
class Response:
    """Status, headers and body as they go out, before Content-Length."""

    status: int
    headers: dict[str, str]
    body: bytes


def respond(edition: Edition, target: str, headers: Mapping[str, str]) -> Response:
    """Return the answer to a GET of *target* (RFC 9112 §3.2, origin form) with request *headers*."""
    resource = _resource(edition, target, headers)
    fields = {"Content-Type": resource.content_type}
    if resource.location is not None:
        return Response(status=resource.status, headers=fields | {"Location": resource.location}, body=resource.body)
    if resource.status >= _CLIENT_ERROR:
        return Response(status=resource.status, headers=fields, body=resource.body)
    validators = {
        "ETag": resource.etag,
        "Last-Modified": format_datetime(resource.modified.astimezone(UTC), usegmt=True),
    }
    if _not_modified(resource, headers):
        return Response(status=304, headers=validators, body=b"")
    return Response(status=resource.status, headers=fields | validators, body=resource.body)


def spoiled(response: Response, fault: Fault) -> Response:
    """Return *response* as *fault* changes it; cutting and delaying are left to the line."""
    status = response.status if fault.status is None else fault.status
    headers, body = response.headers, response.body
    if fault.status is not None and fault.status >= _CLIENT_ERROR:
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        body = f"The Courier cannot answer just now ({fault.status}).\n".encode()
    if fault.body is not None:
        status = 200 if status == 304 else status
        headers = {name: value for name, value in headers.items() if name not in ("ETag", "Last-Modified")}
        headers, body = {"Content-Type": "text/html; charset=utf-8"} | headers, fault.body
    if fault.retry_after is not None:
        headers = headers | {"Retry-After": str(fault.retry_after)}
    return Response(status=status, headers=headers | fault.headers, body=body)


def _resource(edition: Edition, target: str, headers: Mapping[str, str]) -> Resource:
    parts = urlsplit(target)
    # As most sites do, the paper ignores parameters it does not know, tracking ones among them.
    number = parse_qs(parts.query).get("page", ["1"])[0]
    path = parts.path if number == "1" else f"{parts.path}?page={number}"
    if path in edition.consented and _consents(headers):
        return edition.consented[path]
    return edition.resources.get(path, edition.missing)


def _consents(headers: Mapping[str, str]) -> bool:
    try:
        cookies = SimpleCookie(headers.get("Cookie", ""))
    except CookieError:
        return False
    return "consent" in cookies and cookies["consent"].value == "1"


def _not_modified(resource: Resource, headers: Mapping[str, str]) -> bool:
    """Tell whether the visitor's copy is current; a date counts only without an entity tag (RFC 9110 §13.1.3)."""
    tags = headers.get("If-None-Match")
    if tags is not None:
        # Comparison is weak (RFC 9110 §13.1.2).
        held = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        return resource.etag in held or "*" in held
    since = _http_date(headers.get("If-Modified-Since"))
    return since is not None and resource.modified <= since


def _http_date(value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
