"""Answers of pages: each with the header fields that keep browsers from doing what nobody meant."""

from typing import Any
from urllib.parse import urlsplit

import msgspec

from trigate.core.parts import Headers
from trigate.portal.visit import Answer

COMMON: Headers = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]
_SHEET: Headers = [
    *COMMON,
    # Not `no-referrer`: browsers would send the forms of such a page with `Origin: null`, as if they were another's.
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
]
OPEN_TO_PAGES: Headers = [(b"access-control-allow-origin", b"*")]
"""For what holds nothing of whoever asks, or is proved by what only an asker's own code can send (never by cookies)."""
_PREFLIGHT: Headers = [
    *OPEN_TO_PAGES,
    (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
    (b"access-control-allow-headers", b"authorization, content-type, mcp-protocol-version"),
    (b"access-control-max-age", b"600"),
]


def sheet(html: str, status: int = 200, headers: Headers | None = None, forms: str = "") -> Answer:
    """A page for people; `forms` is a further place to which what they send may lead."""
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self'{forms and ' '}{forms}"
    )
    own: Headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-security-policy", policy.encode())]
    return Answer(status, [*own, *_SHEET, *(headers or ())], html.encode())


def document(content: Any, status: int = 200, headers: Headers | None = None) -> Answer:
    """JSON for programs, pages of any origin among them."""
    own: Headers = [(b"content-type", b"application/json"), *COMMON, *OPEN_TO_PAGES]
    return Answer(status, [*own, *(headers or ())], msgspec.json.encode(content))


def preflight() -> Answer:
    """Yes to a browser that asks whether a page of another origin may ask."""
    return Answer(204, _PREFLIGHT)


def redirect(url: str, headers: Headers | None = None) -> Answer:
    """Lead a browser on, always by GET; `url` has been checked."""
    location = url.encode("ascii", "strict")
    if any(byte < 33 or byte > 126 for byte in location):
        raise ValueError("a place to lead to has only printable characters")
    return Answer(303, [(b"location", location), *COMMON, *(headers or ())])


def origin_for_forms(url: str) -> str:
    """How a content security policy names where `url` leads: its origin, or the scheme where there is none."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") else f"{parts.scheme}:"
