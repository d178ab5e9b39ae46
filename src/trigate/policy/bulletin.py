"""What the control process tells the workers about who is known: everything once, then what has changed."""

from typing import Protocol, TypeVar

import msgspec
from msgspec import Struct

from trigate.store.directory import Agent, Document, Key, Organisation, Snapshot, Team, User
from trigate.store.login import Signer

SERVICE = "directory"
"""Its name on the bus."""


class Whole(Struct, frozen=True, tag="whole", array_like=True):
    """Everything, in place of whatever was known before."""

    snapshot: Snapshot


class Change(Struct, frozen=True, kw_only=True, tag="change", array_like=True):
    """The way from one revision to another; tables that did not change are None."""

    before: int
    revision: int
    keys: tuple[Key, ...] = ()
    """New or changed."""
    gone: tuple[str, ...] = ()
    """Ids of keys that are known no more."""
    organisations: tuple[Organisation, ...] | None = None
    teams: tuple[Team, ...] | None = None
    users: tuple[User, ...] | None = None
    agents: tuple[Agent, ...] | None = None
    documents: tuple[Document, ...] | None = None
    signers: tuple[Signer, ...] | None = None
    ended: tuple[str, ...] | None = None


Bulletin = Whole | Change

encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Bulletin).decode


def decode(message: bytes) -> Bulletin:
    """Raises msgspec.DecodeError for what is no bulletin."""
    try:
        return _decode(message)
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError("a text is not UTF-8") from error


class _Named(Protocol):
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=_Named)


def difference(before: Snapshot, after: Snapshot) -> Bulletin:
    """What to tell somebody who knows `before`."""
    if before.pepper != after.pepper:
        return Whole(after)
    known = {key.id: key for key in before.keys}
    return Change(
        before=before.revision,
        revision=after.revision,
        keys=tuple(key for key in after.keys if known.pop(key.id, None) != key),
        gone=tuple(known),
        organisations=_unless_same(before.organisations, after.organisations),
        teams=_unless_same(before.teams, after.teams),
        users=_unless_same(before.users, after.users),
        agents=_unless_same(before.agents, after.agents),
        documents=_unless_same(before.documents, after.documents),
        signers=None if before.signers == after.signers else after.signers,
        ended=None if before.ended == after.ended else after.ended,
    )


def _unless_same(before: tuple[N, ...], after: tuple[N, ...]) -> tuple[N, ...] | None:
    return None if before == after else after
