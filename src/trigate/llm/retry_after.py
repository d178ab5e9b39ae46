"""When a provider may be asked again, as it says in header fields or, like Google, in the body."""

import re
from email.utils import parsedate_to_datetime

from trigate.core.clock import clock
from trigate.core.parts import Headers, field

MOST = 7 * 86_400.0
"""Seconds; what is told beyond them is no help to anybody."""
_SECONDS = re.compile(rb"[0-9]{1,8}(?:\.[0-9]{1,6})?").fullmatch
_DELAY = re.compile(rb'"retryDelay"\s*:\s*"([0-9]{1,8}(?:\.[0-9]{1,9})?)s"').search


def read_retry_after(headers: Headers, body: bytes = b"") -> float | None:
    """Seconds after which it may be asked again; None if it does not say, or nothing that makes sense.

    OpenAI's servers tell it more exactly in `retry-after-ms`; `Retry-After` is a number or a date (RFC 9110 §10.2.3).
    """
    exact = field(headers, b"retry-after-ms")
    if exact is not None and _SECONDS(exact):
        return min(float(exact) / 1000, MOST)
    said = field(headers, b"retry-after")
    if said is not None:
        return _seconds(said)
    found = _DELAY(body)
    return min(float(found[1]), MOST) if found else None


def _seconds(said: bytes) -> float | None:
    if _SECONDS(said):
        return min(float(said), MOST)
    try:
        moment = parsedate_to_datetime(said.decode("ascii")).timestamp()
    except (ValueError, OverflowError):  # a text that is no date
        return None
    return min(max(moment - clock.wall_ns() / 1e9, 0.0), MOST)
