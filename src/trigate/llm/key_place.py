"""Where a provider's key travels: in a header field, perhaps behind a scheme, or in the query."""

import re
from urllib.parse import quote

from msgspec import Struct

_FIELD = re.compile(r"([A-Za-z0-9!#$%&'*+.^_`|~-]+)(?: ([A-Za-z0-9!#$%&'*+.^_`|~-]+))?").fullmatch
_PARAMETER = re.compile(r"\?([A-Za-z0-9._~-]+)").fullmatch


class KeyPlace(Struct, frozen=True):
    """One of both."""

    field: str = ""
    """In lower case; empty if it travels in the query."""
    scheme: str = ""
    parameter: str = ""

    def value(self, key: str) -> str:
        """The field's value."""
        return f"{self.scheme} {key}" if self.scheme else key

    def query(self, key: str) -> bytes:
        """The parameter with its value; empty if the key travels in a field."""
        return f"{self.parameter}={quote(key, safe='')}".encode() if self.parameter else b""


def read_key_place(written: str) -> KeyPlace:
    """A field, `FIELD SCHEME`, or `?PARAMETER`; in `authorization` the scheme is `Bearer` if none is said.

    Raises ValueError.
    """
    if (found := _PARAMETER(written)) is not None:
        return KeyPlace(parameter=found[1])
    found = _FIELD(written)
    if found is None:
        raise ValueError("key_at is a header field (`x-api-key`), one with a scheme (`authorization Token`), or `?key`")
    field = found[1].lower()
    return KeyPlace(field=field, scheme=found[2] or ("Bearer" if field == "authorization" else ""))


def with_query(path: bytes, query: bytes) -> bytes:
    """A path with one more parameter."""
    return b"%b%b%b" % (path, b"&" if b"?" in path else b"?", query) if query else path
