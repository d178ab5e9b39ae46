"""The digest of a body (RFC 9530), compared before anything else sees the body."""

import hmac
from collections.abc import Awaitable, Callable
from hashlib import sha256, sha512

from trigate.core.errors import Unauthenticated
from trigate.core.stream import Incoming, NoIncoming, WholeIncoming
from trigate.policy.structured_field import Item, read_dictionary

_ALGORITHMS = {"sha-512": sha512, "sha-256": sha256}
"""Those that are not deprecated (RFC 9530 §5), the best first."""


def body_check(field: bytes, limit: int) -> Callable[[Incoming], Awaitable[Incoming]]:
    """What reads a body of at most `limit` bytes, and gives it back if it is the one that `content-digest` tells.

    It is read whole: nobody upstream gets a byte of a body that is not the one meant. Raises Unauthenticated, at once
    for a field that cannot be read, PayloadTooLarge for a body that is too long to be held.
    """
    algorithm, expected = _read(field)

    async def check(incoming: Incoming) -> Incoming:
        body = await incoming.read(limit)
        if not hmac.compare_digest(_ALGORITHMS[algorithm](body).digest(), expected):
            raise Unauthenticated("the body is not the one whose digest was signed")
        return WholeIncoming(incoming.signal, body) if body else NoIncoming(incoming.signal)

    return check


def _read(field: bytes) -> tuple[str, bytes]:
    try:
        members = read_dictionary(field.decode("ascii"))
    except ValueError:
        members = {}
    for name in _ALGORITHMS:
        member = members.get(name)
        if isinstance(member, Item) and isinstance(member.value, bytes):
            return name, member.value
    raise Unauthenticated("`content-digest` holds neither sha-512 nor sha-256")
