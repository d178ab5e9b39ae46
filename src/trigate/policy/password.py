"""Passwords of people, kept as slow hashes (scrypt, RFC 7914)."""

import base64
import hashlib
import hmac
import os

from msgspec import Struct

from trigate.core.settings import Secret, Settings
from trigate.policy.claim import LANES as ALL_LANES
from trigate.policy.claim import LaneName

_NAME = "scrypt"
COST, BLOCK, LANES = 2**15, 8, 1
"""32 MiB and about 0.1 s for each guess."""
SALT_BYTES = 16
HASH_BYTES = 32
MOST_MEMORY = 256 * 1024 * 1024
LEAST_COST = 2**12


class PasswordHash(Struct, frozen=True):
    """What is kept of a password."""

    cost: int
    block: int
    lanes: int
    salt: bytes
    digest: bytes

    def fits(self, password: bytes) -> bool:
        """Whether this is the password; takes long on purpose, so never on the event loop."""
        return hmac.compare_digest(_digest(password, self.salt, self.cost, self.block, self.lanes), self.digest)


def hash_password(password: str) -> str:
    """What to write into the file in place of the password: `scrypt$cost$block$lanes$salt$hash`."""
    salt = os.urandom(SALT_BYTES)
    digest = _digest(password.encode(), salt, COST, BLOCK, LANES)
    return "$".join((_NAME, str(COST), str(BLOCK), str(LANES), _encoded(salt), _encoded(digest)))


def read_hash(text: str) -> PasswordHash:
    """Raises ValueError for a text that `hash_password` would not write, or that would cost too much or too little."""
    try:
        name, cost, block, lanes, salt, digest = text.split("$")
        read = PasswordHash(int(cost), int(block), int(lanes), _decoded(salt), _decoded(digest))
    except ValueError:
        raise ValueError("a password hash looks like scrypt$32768$8$1$SALT$HASH") from None
    if name != _NAME or len(read.digest) != HASH_BYTES or len(read.salt) < SALT_BYTES:
        raise ValueError("a password hash looks like scrypt$32768$8$1$SALT$HASH")
    if read.cost < LEAST_COST or read.cost & (read.cost - 1) or not (0 < read.block <= 32 and 0 < read.lanes <= 4):
        raise ValueError("the cost of a password hash is a power of two, at least 4096, with small factors")
    if 128 * read.cost * read.block > MOST_MEMORY // 2:
        raise ValueError("this password hash needs too much memory")
    return read


def _digest(password: bytes, salt: bytes, cost: int, block: int, lanes: int) -> bytes:
    return hashlib.scrypt(password, salt=salt, n=cost, r=block, p=lanes, maxmem=MOST_MEMORY, dklen=HASH_BYTES)


def _encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


class Person(Settings):
    """A person with a password."""

    password_hash: Secret
    """What is kept of the password: `scrypt$cost$block$lanes$salt$hash`, the last two in base64."""
    team: str = ""
    """The team."""
    organisation: str = ""
    """The organisation."""
    roles: tuple[str, ...] = ()
    """Roles."""
    lanes: tuple[LaneName, ...] = ALL_LANES
    """The lanes this person may use."""

    def __post_init__(self) -> None:
        read_hash(self.password_hash.reveal())
