"""What a caller says about the cache in the head of a request."""

from functools import lru_cache

from msgspec import Struct

from trigate.core.errors import BadRequest
from trigate.core.request import Request
from trigate.llm.cache_settings import check

NO_LIMIT = float("inf")
_KNOWN = "`off`, `exact`, `refresh`, `no-store`, `ttl=SECONDS`, `max-age=SECONDS` or `namespace=NAME`"


class Wish(Struct, frozen=True):
    """What the caller wants; all of it only narrows what the settings allow."""

    reads: bool = True
    """An answer that is kept will do."""
    writes: bool = True
    """The answer may be kept."""
    ttl: float = NO_LIMIT
    """Seconds to keep the answer at most."""
    age: float = NO_LIMIT
    """Seconds since an answer was made, at most."""
    namespace: str = ""
    exact: bool = False
    """Only the answer to the very same ask will do."""


NO_WISH = Wish()


def read_wish(request: Request) -> Wish:
    """From `x-trigate-cache`, and `cache-control` as HTTP has it for requests (RFC 9111 §5.2.1); raises BadRequest."""
    said, control = request.wishes.get(b"cache"), request.fields.get(b"cache-control")
    return NO_WISH if said is None and control is None else _read(said or b"", control or b"")


@lru_cache(256)
def _read(said: bytes, control: bytes) -> Wish:
    found: dict[str, bool | float | str] = {}
    for word in control.decode("latin-1").lower().split(","):
        _heed(word.strip(), found)
    for word in said.decode("latin-1").split(","):
        if word.strip() and not _obey(word.strip(), found):
            raise BadRequest(f"`x-trigate-cache` is a list of {_KNOWN}; {word.strip()[:64]!r} is none of them")
    return Wish(**found)  # pyright: ignore[reportArgumentType]


def _heed(word: str, found: dict[str, bool | float | str]) -> bool:
    """What HTTP knows too; anything else in `cache-control` is for other caches."""
    name, _, value = word.partition("=")
    if word == "no-store":
        found["writes"] = False
    elif word == "no-cache":
        found["reads"] = False
    elif name == "max-age" and _is_number(value):
        found["age"] = float(value)
    else:
        return False
    return True


def _obey(word: str, found: dict[str, bool | float | str]) -> bool:
    name, _, value = word.partition("=")
    if word == "off":
        found |= {"reads": False, "writes": False}
    elif word == "exact":
        found["exact"] = True
    elif word == "refresh":
        found["reads"] = False
    elif name == "ttl" and _is_number(value) and int(value) > 0:
        found["ttl"] = float(value)
    elif name == "namespace" and value:
        try:
            check(None, value)
        except ValueError as error:
            raise BadRequest(f"`x-trigate-cache`: {error}") from None
        found["namespace"] = value
    else:
        return _heed(word.lower(), found)
    return True


def _is_number(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) <= 9
