"""Strikes the gateway's own secrets out of what upstreams say: some quote in an error what they were sent."""

import re
from collections.abc import Iterable, Mapping

from trigate.core.settings import Secret

SHORTEST_SECRET = 8
"""Bytes; shorter texts are too likely to stand in an answer by chance."""
STRUCK = "•••".encode()
_TELLING = re.compile(r"auth|key|token|secret|pass|cookie|credential|session|signature", re.IGNORECASE)


def strike(text: bytes, secrets: Iterable[bytes]) -> bytes:
    """`text` without `secrets`, also where JSON spells their slashes with an escape."""
    for secret in secrets:
        if len(secret) < SHORTEST_SECRET:
            continue
        if secret in text:
            text = text.replace(secret, STRUCK)
        if b"/" in secret and b"\\/" in text:
            text = text.replace(secret.replace(b"/", b"\\/"), STRUCK)
    return text


def telling(named: Mapping[str, Secret]) -> tuple[bytes, ...]:
    """Those of some header fields or variables that are secrets by their names, with and without a scheme."""
    values = [value.reveal().encode() for name, value in named.items() if _TELLING.search(name)]
    return (*values, *(value.partition(b" ")[2] for value in values if b" " in value))


def mask(text: bytes, secrets: Iterable[bytes]) -> bytes:
    """`text` with an asterisk for each byte of `secrets`, for what must keep its length or be ASCII."""
    for secret in secrets:
        if len(secret) >= SHORTEST_SECRET and secret in text:
            text = text.replace(secret, b"*" * len(secret))
    return text


class Striker:
    """Strikes secrets out of a body that passes in pieces, and leaves its length as it is."""

    __slots__ = ("_held", "_longest", "_secrets")

    def __init__(self, secrets: Iterable[bytes]) -> None:
        self._secrets = tuple(secrets)
        self._longest = max(map(len, self._secrets), default=1)
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """What can be passed on: a secret may have begun in the rest."""
        text = mask(self._held + data, self._secrets)
        cut = max(0, len(text) - self._longest + 1)
        self._held = text[cut:]
        return text[:cut]

    def finish(self) -> bytes:
        """The rest."""
        held, self._held = self._held, b""
        return held
