"""What a server says it wants when it turns a request away (RFC 9110 §11.6.1, RFC 6750 §3, RFC 9728 §5.1)."""

import re
from collections.abc import Iterator

from msgspec import Struct

from trigate.core.parts import Headers

_LONGEST = 8192
_WORD = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_PIECE = re.compile(rf'[\s,]*({_WORD})(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?')
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*")


class Challenge(Struct, frozen=True):
    """A challenge of the scheme Bearer, as far as it matters; members that are absent are empty."""

    error: str = ""
    scope: str = ""
    resource_metadata: str = ""

    @property
    def wants_more(self) -> bool:
        """Whether the token is good but allows too little."""
        return self.error == "insufficient_scope"


def read_challenge(headers: Headers) -> Challenge:
    """The first challenge for a bearer token, an empty one if there is none that can be read."""
    for name, value in headers:
        if name == b"www-authenticate" and len(value) <= _LONGEST:
            found = _bearer(value.decode("latin-1"))
            if found is not None:
                return found
    return Challenge()


def scopes(text: str) -> frozenset[str]:
    """The scopes in a list (RFC 6749 §3.3); none if it is not one."""
    return frozenset(text.split(" ")) if _SCOPE.fullmatch(text) else frozenset()


def _bearer(text: str) -> Challenge | None:
    members: dict[str, str] | None = None
    for name, value in _pieces(text):
        if value is None:
            if members is not None:
                break  # the next scheme
            if name.lower() == "bearer":
                members = {}
        elif members is not None:
            members.setdefault(name.lower(), value)
    if members is None:
        return None
    known = {name: members[name] for name in Challenge.__struct_fields__ if name in members}
    return Challenge(**known)


def _pieces(text: str) -> Iterator[tuple[str, str | None]]:
    """Schemes, with no value, and their parameters, in order."""
    at = 0
    while (found := _PIECE.match(text, at)) is not None:
        at = found.end()
        name, quoted, plain = found.groups()
        if quoted is not None:
            yield name, re.sub(r"\\(.)", r"\1", quoted)
        else:
            yield name, plain
