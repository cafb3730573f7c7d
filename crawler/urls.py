"""Addresses: the form that is fetched, the key that is compared, and whose site it is. No network, no page content."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus, urljoin, urlsplit

from tldextract import TLDExtract
from w3lib.url import canonicalize_url

if TYPE_CHECKING:
    from collections.abc import Collection

#: Characters; longer addresses are traps or tokens, and servers commonly refuse them.
MAX_LENGTH = 2_048
#: Bytes a DNS name may have (RFC 1035 §2.3.4).
MAX_HOST_LENGTH = 253
#: Addresses whose forms are kept: that of an article is asked for a dozen times on its way.
REMEMBERED = 4_096
#: Characters of a source id.
MAX_SOURCE_ID = 64

_DEFAULT_PORTS = {"http": 80, "https": 443}

#: Already in fetch form as it stands; most addresses are, and this saves them the long way.
_PLAIN = re.compile(r"https?://(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,63}/[A-Za-z0-9/_~-]*(?:\.[a-z]+)?\Z")

# The URL standard treats a backslash and any number of slashes after a special scheme like "//".
_AUTHORITY = re.compile(r"(https?):[\\/]+", re.IGNORECASE)
_REMOVED = re.compile(r"[\t\r\n]")
_OUTSIDE = "".join(map(chr, range(0x21))) + "\x7f\x85\xa0\u200b\u200e\u200f\u2028\u2029\u202a\u202c\u3000\ufeff"
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\Z")
_NUMERIC_LABEL = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)\Z")
_ESCAPED_AMPERSAND = re.compile(r"(^|&)(?:amp;)+")

_TRACKING = re.compile(
    r"""(?:
      utm_.* | [fgdty]bclid | gclid | dclid | gbraid | wbraid | msclkid | yclid | twclid | ttclid | li_fat_id
    | srsltid | gad_source | epik | awc | zanpid | igshid | mc_[ce]id | _ga | _gl | ref_src | ref_url | reflink
    | cmpid | ncid | ito | icid | s_cid | sref | taid | ocid | ns_(?:mchannel|source|campaign|linkname|fee)
    | at_(?:medium|campaign|custom[0-9]*|link_.*|format|ptr_name|bbc_team) | xtor | smid | smtyp | wtmc
    | wt_mc(?:_o)? | wt\..* | sr_share | guccounter | guce_.* | _hsenc | _hsmi | hsa_.* | vero_.* | mkt_tok
    | traffic_source | rss | ftag | (?:soc|itm|pk|piwik|mtm|matomo)_.* | __twitter_impression
    )\Z""",
    re.VERBOSE | re.IGNORECASE,
)

# What follows belongs to the key only: folding may be wrong for a fetch, and is only ever compared.
_AMP_CACHE = re.compile(r"(?:[a-z0-9-]+\.cdn\.ampproject\.org/[cv]|www\.google\.[a-z.]+/amp)/(?:s/)?(?=[^/]+\.)")
_DEVICE_LABEL = re.compile(r"(?:www[0-9]?|m|mobile|amp|wap|touch)\.(?=[^.]+\.)")
_SESSION = re.compile(r";(?:jsessionid|phpsessid|sessionid)=[^/;]*", re.IGNORECASE)
_INDEX_PAGE = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?)\Z", re.IGNORECASE)
_AMP_TAIL = re.compile(r"/amp(?:\.html?)?\Z|\.amp(?=(?:\.html?)?\Z)", re.IGNORECASE)
_AMP_HEAD = re.compile(r"\A/amp(?=/)", re.IGNORECASE)
# "ref" and "CMP" name pages on some sites, so only values that can be nothing but a channel are folded.
_CHANNEL = re.compile(
    r"(?:amp(?:_.*)?=.*|outputtype=amp|output=amp|m=1|ref=(?:rss|feed|atom)"
    r"|(?:jsessionid|phpsessid|aspsessionid[a-z]*|cfid|cftoken)=.*|(?:sid|session_?id|s)=[0-9a-f]{24,}"
    r"|cmp=(?:rss|share|soc|twt|fb|oth|ema?i?l|newsletter)(?:[_-].*)?)\Z",
    re.IGNORECASE,
)


def fetch_form(url: str) -> str | None:
    """Return the form of *url* to ask for, or None where it is no http(s) address that may be asked for.

    Lower-case scheme and host, no default port, no fragment (but ``#!`` names a page of its own), no parameter that
    only says where a visitor came from, sorted query, one spelling of percent escapes. Applying it twice changes
    nothing. None for addresses with user information, without a host, with a port or host that cannot be, or longer
    than 2,048 characters. Slashes and white space are read as in the URL standard (url.spec.whatwg.org).
    """
    url = _AUTHORITY.sub(r"\1://", _REMOVED.sub("", url).strip(_OUTSIDE), count=1)
    if len(url) > MAX_LENGTH:
        return None
    if _PLAIN.match(url) and len(urlsplit(url).netloc) <= MAX_HOST_LENGTH:
        return url
    try:
        form = _canonical(url)
    except ValueError:  # a port that is none, brackets that are no IPv6 address, lone surrogates
        return None
    return form if form is not None and len(form) <= MAX_LENGTH else None


@lru_cache(maxsize=REMEMBERED)
def _canonical(url: str) -> str | None:
    parts = urlsplit(url)
    if parts.scheme.lower() not in _DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    query = _ESCAPED_AMPERSAND.sub(r"\1", parts.query)
    path = parts.path.replace("\\", "/")
    safe = urlsplit(canonicalize_url(parts._replace(path=path, query=query, fragment="").geturl()))
    authority = _authority(safe.scheme, safe.hostname, safe.port)
    if authority is None:
        return None
    query = "&".join(pair for pair in safe.query.split("&") if not _TRACKING.match(_name(pair)))
    fragment = _hash_bang(parts.fragment)
    return f"{safe.scheme}://{authority}{safe.path or '/'}{'?' if query else ''}{query}{fragment}"


def _name(pair: str) -> str:
    return unquote_plus(pair.partition("=")[0])


def _hash_bang(fragment: str) -> str:
    if not fragment.startswith("!"):
        return ""
    return "#" + urlsplit(canonicalize_url(f"http://a/#{fragment}", keep_fragments=True)).fragment


def _authority(scheme: str, hostname: str | None, port: int | None) -> str | None:
    hostname = (hostname or "").removesuffix(".")
    if ":" in hostname:
        hostname = f"[{ipaddress.IPv6Address(hostname).compressed}]"
    elif not _is_host(hostname):
        return None
    return hostname if port is None or port == _DEFAULT_PORTS[scheme] else f"{hostname}:{port}"


def _is_host(hostname: str) -> bool:
    if len(hostname) > MAX_HOST_LENGTH or not _HOST.match(hostname):
        return False
    # "0x7f.1" and "2130706433" are other spellings of addresses: nobody names a newspaper so.
    return not _NUMERIC_LABEL.match(hostname.rpartition(".")[2]) or _is_ip(hostname)


def _is_ip(hostname: str) -> bool:
    try:
        ipaddress.ip_address(hostname.strip("[]"))
    except ValueError:
        return False
    return True


def join(base: str, href: str) -> str | None:
    """Return *href*, as found in a document at *base*, in fetch form; None where it leads to no http(s) address."""
    href = _AUTHORITY.sub(r"\1://", _REMOVED.sub("", href).strip(_OUTSIDE), count=1)
    try:
        return fetch_form(urljoin(base, _forward_slashes(href)))
    except ValueError:
        return None


def _forward_slashes(href: str) -> str:
    end = min((at for at in map(href.find, "?#") if at >= 0), default=len(href))
    return href[:end].replace("\\", "/") + href[end:]


@lru_cache(maxsize=REMEMBERED)
def identity_key(url: str) -> str:
    """Return the key under which *url* is compared: equal keys mean the same page. It is never fetched.

    The fetch form without its scheme, and without what only selects another rendering of the same page: a leading
    ``www.``, ``m.`` or ``amp.`` label, AMP paths and AMP caches, index file names, doubled and trailing slashes,
    session, AMP and channel parameters.
    """
    form = fetch_form(url)
    if form is None:
        return url.strip()
    rest = form.partition("://")[2]
    rest, bang, fragment = rest.partition("#")
    rest, _, query = rest.partition("?")
    rest = _DEVICE_LABEL.sub("", _AMP_CACHE.sub("", rest, count=1), count=1)
    authority, _, path = rest.partition("/")
    query = "&".join(pair for pair in query.split("&") if not _CHANNEL.match(pair))
    return f"{authority}/{_key_path(path)}{'?' if query else ''}{query}{bang}{fragment}"


def _key_path(path: str) -> str:
    path = re.sub(r"/{2,}", "/", _SESSION.sub("", f"/{path}")).rstrip("/")
    path = _INDEX_PAGE.sub("", _AMP_HEAD.sub("", _AMP_TAIL.sub("", path, count=1), count=1))
    return path.strip("/")


def article_id(key: str) -> str:
    """Return the record id for an identity key: the first 32 hex digits of its SHA-256."""
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def host(url: str) -> str:
    """Return the host of *url*, lower case ASCII, without port or brackets; "" where there is none."""
    try:
        name = (urlsplit(url).hostname or "").removesuffix(".")
    except ValueError:
        return ""
    return name if name.isascii() else host(fetch_form(f"http://{name}/") or "")


def host_port(url: str) -> str:
    """Return ``host:port`` of *url*, with the scheme's own port where none is written; "" where there is no host."""
    name = host(url)
    try:
        port = urlsplit(url).port or _DEFAULT_PORTS.get(urlsplit(url).scheme)
    except ValueError:
        return ""
    if not name or port is None:
        return name
    return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"


def registrable_domain(url_or_host: str) -> str:
    """Return the registrable domain (publicsuffix.org, its private section included) of an address or a host.

    The private section makes two blogs of one hosting service two sites. IP addresses, single labels and names
    outside the list return themselves.
    """
    name = host(url_or_host if "//" in url_or_host else f"//{url_or_host}")
    return _registrable(name)


@lru_cache(maxsize=16_384)
def _registrable(name: str) -> str:
    if _is_ip(name):
        return name
    return _suffix_list()(name).top_domain_under_public_suffix or name


@lru_cache(maxsize=1)
def _suffix_list() -> TLDExtract:
    return TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


def in_scope(url: str, domains: Collection[str]) -> bool:
    """Return whether *url* lies on one of *domains*: the very host (or host:port), or a subdomain of it."""
    name = host(url)
    if not name:
        return False
    labels = name.split(".")
    parents = [name] if _is_ip(name) else [".".join(labels[at:]) for at in range(len(labels))]
    return any(parent in domains for parent in parents) or host_port(url) in domains


def source_id(url: str) -> str:
    """Return the id of a site found on the fly: ``example-com``, ``127-0-0-1-8123``; another host, another id."""
    authority = (fetch_form(url) or url).partition("://")[2].partition("/")[0].removeprefix("www.")
    readable = authority.translate(str.maketrans("-.:", "_--"))
    if re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", readable) and "_" not in authority:
        return readable
    digest = sha256(authority.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    stem = re.sub(r"[^a-z0-9]+", "-", authority.lower()).strip("-")[: MAX_SOURCE_ID - 1 - len(digest)]
    return f"{stem}-{digest}" if stem else f"site-{digest}"
