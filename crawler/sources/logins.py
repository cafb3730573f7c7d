"""A login that the operator has for a source: where it is sent and where its secret lies. Never holds the secret."""

from __future__ import annotations

import re
from typing import Any

import attrs

from crawler import urls

#: Field names (RFC 9110 §5.1), and those that belong to the message itself rather than to who asks.
FIELD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
MESSAGE_FIELDS = frozenset({"host", "connection", "content-length", "transfer-encoding", "te", "upgrade", "trailer"})
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
COOKIE = "cookie"
KEYS = frozenset({"to", "header", "cookie", "prefix", "env", "file", "optional"})


@attrs.frozen(kw_only=True)
class Login:
    """One header or cookie for one server."""

    to: str
    """The only server it is sent to: ``scheme://host:port``."""
    header: str
    """Name of the header; ``cookie`` for a cookie."""
    prefix: str = ""
    """What stands before the secret in the header: ``Bearer `` or the cookie's ``name=``."""
    env: str | None = None
    """Environment variable that holds the secret."""
    file: str | None = None
    """File that holds the secret, where no variable is named."""
    optional: bool = False
    """Without the secret the source is visited as anybody would."""

    def is_for(self, url: str) -> bool:
        """Whether a request for *url* goes to the very server, by the very scheme, that the login is for."""
        return origin(url) == self.to

    @property
    def place(self) -> str:
        """Where the secret is looked for, in words."""
        return f"the environment variable {self.env}" if self.env else f"the file {self.file}"


def origin(url: str) -> str:
    """Return ``scheme://host:port`` of *url*."""
    return f"{url.partition('://')[0].lower()}://{urls.host_port(url)}"


def read_login(value: Any) -> Login:
    """Return the login that a source table describes; raises ValueError, TypeError or KeyError."""
    if not isinstance(value, dict) or not value.keys() <= KEYS:
        raise TypeError
    if ("header" in value) == ("cookie" in value) or ("env" in value) == ("file" in value):
        raise ValueError
    texts = {key: _text(text) for key, text in value.items() if key != "optional"}
    if "cookie" in value and "prefix" in value:
        raise ValueError
    name = texts.get("header") or texts["cookie"]
    if not FIELD.fullmatch(name) or name.lower() in MESSAGE_FIELDS | {COOKIE}:
        raise ValueError
    if not VARIABLE.fullmatch(texts.get("env", "E")) or not isinstance(value.get("optional", False), bool):
        raise ValueError
    return Login(
        to=_server(texts["to"]),
        header=texts.get("header", COOKIE),
        prefix=f"{name}=" if "cookie" in value else value.get("prefix", ""),
        env=texts.get("env"),
        file=texts.get("file"),
        optional=value.get("optional", False),
    )


def _server(text: str) -> str:
    url = urls.fetch_form(text)
    # A path would promise that the secret goes to this path only, which nothing here keeps.
    if url is None or url.count("/") != 3 or not url.endswith("/"):
        raise ValueError
    return origin(url)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError
    return value.strip()
