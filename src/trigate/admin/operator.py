"""Who uses the admin API: operators with a token, each with a role and perhaps one organisation."""

import hmac
import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

from trigate.admin.settings import MINIMUM_TOKEN, AdminSettings, Role
from trigate.core.errors import Forbidden, Unauthenticated
from trigate.policy.mention import Mentions
from trigate.store.directory import Key

ROLES: Sequence[Role] = ("viewer", "editor", "admin")
RANKS: Mapping[str, int] = {role: rank for rank, role in enumerate(ROLES)}
"""A role may do what those before it may."""

TOKEN_FILE = "admin.token"  # noqa: S105 - a file's name


class Operator(Struct, frozen=True):
    """A caller of the admin API."""

    name: str
    role: Role
    organisation: str = ""
    """The only one this operator sees and changes; empty: all."""
    key: Key | None = None
    """The API key that the operator shows in place of a token; it can grant no more than it holds itself."""

    def require(self, role: Role) -> None:
        """Raises Forbidden for a lower role."""
        if RANKS[self.role] < RANKS[role]:
            raise Forbidden(f"this needs the role {role!r}; {self.name!r} has {self.role!r}")


def check_mention(operator: Operator, mentioned: Mentions, word: str, names: Iterable[str]) -> None:
    """Raises Forbidden if an operator of one organisation gives somebody a name that the file says something about.

    What the file says of a name without saying of which organisation, such as a rule for a team, was not meant for
    whomever one of them calls so.
    """
    taken = mentioned.get(word, frozenset()) if operator.organisation else frozenset[str]()
    for name in names:
        if name in taken:
            raise Forbidden(f"the file speaks of the {word} {name!r}: an operator of all organisations can give it")


class Operators:
    """Finds the operator of a token."""

    def __init__(self, settings: AdminSettings, directory: Path) -> None:
        """The tokens of the file, and that of this machine, which whoever may read the state directory has."""
        self._known = {
            _digest(each.secret.reveal()): Operator(name, each.role, each.organisation)
            for name, each in settings.tokens.items()
        }
        self._known[_digest(local_token(directory))] = Operator("local", "admin")

    def find(self, token: str) -> Operator | None:
        """The operator of a token, None if nobody's."""
        digest, found = _digest(token), None
        for known, operator in self._known.items():
            if hmac.compare_digest(known, digest):
                found = operator
        return found


def read_token(authorization: bytes) -> str:
    """The token of an `Authorization: Bearer` field; raises Unauthenticated."""
    scheme, _, token = authorization.partition(b" ")
    if scheme.lower() != b"bearer" or not token.strip():
        raise unauthenticated()
    return token.strip().decode("latin-1")


def operator_of(key: Key) -> Operator | None:
    """The operator that an API key is; None if it has no role of one."""
    roles: list[Role] = [role for role in ROLES if key.roles.count(role)]
    return Operator(key.name, roles[-1], key.organisation, key) if roles else None


def unauthenticated() -> Unauthenticated:
    """What is told to whoever shows no valid token."""
    challenge = ((b"www-authenticate", b'Bearer realm="trigate admin"'),)
    return Unauthenticated("send an admin token as `Authorization: Bearer TOKEN`", headers=challenge)


def local_token(directory: Path) -> str:
    """This machine's own token; made at first use, readable by the owner of the state directory alone."""
    path = directory / TOKEN_FILE
    found = _read(path)
    if len(found) >= MINIMUM_TOKEN:
        return found
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f"{TOKEN_FILE}.{os.getpid()}.{threading.get_ident()}")
    fresh.unlink(missing_ok=True)
    with open(
        os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "w", encoding="ascii"
    ) as file:
        file.write(os.urandom(32).hex())
    try:
        os.link(fresh, path)  # whole from the first moment, and never over one that another process has made meanwhile
        fresh.unlink()
    except FileExistsError:
        cut_off = len(_read(path)) < MINIMUM_TOKEN  # by a full disk, or by an end in the middle
        os.replace(fresh, path) if cut_off else fresh.unlink()
    return _read(path)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
