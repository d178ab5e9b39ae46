"""The keys and people of the store as a worker holds them: found by digest, kept up to date by bulletins."""

from collections.abc import Iterable
from typing import get_args

from msgspec import structs

from trigate.core.clock import clock
from trigate.core.principal import UNRESTRICTED, Principal, Restriction
from trigate.policy.bulletin import Bulletin, Change, Whole
from trigate.policy.credential import Credential, read_networks
from trigate.store.directory import NEVER, Agent, Document, Key, Organisation, Role, Snapshot, Team, User, digest_secret
from trigate.store.login import Signer

ADMINISTRATIVE = frozenset(get_args(Role))
"""Roles of the admin API: a key has them only if they were given to the key itself."""
_FOREVER = float("inf")
_WORKED_OUT = ("access", "free", "limits", "standing")
_NOWHERE = read_networks(("255.255.255.255/32",))
_SECRET_OF_A_KEY = {"digest": b"", "prefix": "", "previous": b"", "previous_until": NEVER, "expires": NEVER}


class Issued(Credential, kw_only=True):
    """One secret of a key in the store: its present one, or the one before the last rotation."""

    row: Key
    principal: Principal | None = None
    """Made when the key is first used."""


class Roster:
    """What is known of the store."""

    def __init__(self) -> None:
        self.known = False
        """A whole snapshot has come."""
        self.revision = 0
        """Grows whenever a principal given out before may have changed."""
        self.people = 0
        """Grows whenever teams, users or agents have changed."""
        self.store_revision = -1
        self.documents: tuple[Document, ...] = ()
        self.organisations: dict[str, Organisation] = {}
        self.teams: dict[str, Team] = {}
        self.users: dict[str, User] = {}
        self.agents: dict[str, Agent] = {}
        self.signers: tuple[Signer, ...] = ()
        self.ended: frozenset[str] = frozenset()
        self._pepper = b"\0"
        self._issued: dict[bytes, Issued] = {}
        self._digests: dict[str, tuple[bytes, ...]] = {}
        self._expiry = _FOREVER

    def find(self, secret: bytes) -> Principal | None:
        """Whose key of the store this is, None if nobody's or no longer valid."""
        issued = self._issued.get(digest_secret(self._pepper, secret))
        if issued is None or issued.until <= clock.wall_ns() / 1e9:
            return None
        return issued.principal or self._introduce(issued)

    def named(self, name: str) -> Principal | None:
        """The caller who shows the valid key of this name, None if there is none."""
        now = clock.wall_ns() / 1e9
        found = (issued for issued in self._issued.values() if issued.row.name == name and issued.until > now)
        issued = next(found, None)
        return None if issued is None else issued.principal or self._introduce(issued)

    def take(self, bulletin: Bulletin) -> bool:
        """Learn what it says; False if it does not follow what is known, so that everything must be told anew."""
        if isinstance(bulletin, Whole):
            self._take_whole(bulletin)
        elif not self.known or bulletin.before != self.store_revision:
            return False
        else:
            self._take_people(bulletin)
            self._drop(bulletin.gone)
            self._take_keys(bulletin.keys)
            self.store_revision = bulletin.revision
        self._settle()
        return True

    def end_expired(self) -> bool:
        """Whether a key has expired since the last time: what is done in its name must end."""
        now = clock.wall_ns() / 1e9
        if self._expiry > now:
            return False
        for digest in [digest for digest, issued in self._issued.items() if issued.until <= now]:
            self._end(digest)
        self._settle()
        return True

    def _take_whole(self, bulletin: Whole) -> None:
        snapshot = bulletin.snapshot
        self._take_people(snapshot)
        if snapshot.pepper != self._pepper:  # another installation: no digest means what it meant
            self._drop(tuple(self._digests))
            self._pepper = snapshot.pepper
        self._drop(self._digests.keys() - {key.id for key in snapshot.keys})
        self._take_keys(snapshot.keys)
        self.store_revision = snapshot.revision
        self.known = True

    def _take_people(self, told: Snapshot | Change) -> None:
        """Principals whose owners changed are others now."""
        before = (self.teams, self.users, self.agents)
        if told.organisations is not None:
            self.organisations = {row.name: row for row in told.organisations}
        if told.teams is not None:
            self.teams = {row.name: row for row in told.teams}
        if told.users is not None:
            self.users = {row.name: row for row in told.users}
        if told.agents is not None:
            self.agents = {row.name: row for row in told.agents}
        if told.documents is not None:
            self.documents = told.documents
        if told.signers is not None:
            self.signers = told.signers
        if told.ended is not None:
            self.ended = frozenset(told.ended)
        if (self.teams, self.users, self.agents) != before:
            self.people += 1
            self._compare()

    def _take_keys(self, rows: Iterable[Key]) -> None:
        now = clock.wall_ns() / 1e9
        for row in rows:
            held = self._issued.get(row.digest)
            if held is not None and held.row == row:
                continue  # as most are when everything is told anew
            before = self._digests.get(row.id, ())
            wanted = {} if row.revoked else _validities(row, now)
            for digest in before:
                if digest not in wanted:
                    self._end(digest)
            for digest, until in wanted.items():
                self._issue(digest, row, until)
            self._digests[row.id] = tuple(wanted)

    def _issue(self, digest: bytes, row: Key, until: float) -> None:
        before = self._issued.get(digest)
        if before is None or not _grant_the_same(before.row, row):
            if before is not None:
                before.ended = True
            self._issued[digest] = _issued(row, until)
            return
        before.row = row
        if before.until != until:
            before.until = until
            before.principal = None  # its expiry is another one
            before.forget_users()

    def _drop(self, ids: Iterable[str]) -> None:
        for each in list(ids):
            for digest in self._digests.pop(each, ()):
                self._end(digest)

    def _end(self, digest: bytes) -> None:
        issued = self._issued.pop(digest, None)
        if issued is not None:
            issued.ended = True

    def _settle(self) -> None:
        self._expiry = min((issued.until for issued in self._issued.values()), default=_FOREVER)
        self.revision += 1

    def _compare(self) -> None:
        for digest, issued in self._issued.items():
            if issued.principal is not None and not _same(issued.principal, self._principal(issued)):
                issued.ended = True
                self._issued[digest] = _issued(issued.row, issued.until)

    def _introduce(self, issued: Issued) -> Principal:
        issued.principal = self._principal(issued)
        return issued.principal

    def _principal(self, issued: Issued) -> Principal:
        row = issued.row
        agent = self.agents.get(row.agent)
        owner = self.users.get(row.user) or agent
        team = row.team or (agent.team if agent else "") or _team_of(owner)
        return Principal(
            row.name,
            frozenset(row.lanes),
            row.user,
            row.agent,
            team,
            row.organisation or self._organisation_of(team, owner),
            frozenset(row.roles or (set(owner.roles if owner else ()) - ADMINISTRATIVE)),
            restriction=_restriction(row.models, row.servers, row.routes),
            key_id=row.id,
            expires=issued.until,
            standing=issued,
        )

    def _organisation_of(self, team: str, owner: User | Agent | None) -> str:
        row = self.teams.get(team)
        return (row.organisation if row else "") or (owner.organisation if owner else "")


def _validities(row: Key, now: float) -> dict[bytes, float]:
    """Until when each of the key's secrets is valid, in wall-clock seconds."""
    until = _seconds(row.expires)
    found = {row.previous: min(until, _seconds(row.previous_until))} if row.previous and row.previous_until else {}
    found[row.digest] = until
    return {digest: each for digest, each in found.items() if each > now}


def _seconds(moment: int) -> float:
    return _FOREVER if moment == NEVER else moment / 1e9


def _issued(row: Key, until: float) -> Issued:
    try:
        networks = read_networks(row.addresses)
    except ValueError:
        networks = _NOWHERE  # a row that cannot be read must not open what it was meant to close
    return Issued(row=row, until=until, networks=networks, may_act_for_users=row.may_act_for_users)


def _grant_the_same(one: Key, other: Key) -> bool:
    """Whether two versions of a key differ in nothing but its secrets and how long they are valid."""
    return structs.replace(one, **_SECRET_OF_A_KEY) == structs.replace(other, **_SECRET_OF_A_KEY)


def _team_of(owner: User | Agent | None) -> str:
    """The one team of a key's owner; of a person with several, the key must say which."""
    if isinstance(owner, User):
        return owner.teams[0] if len(owner.teams) == 1 else ""
    return owner.team if owner else ""


def _restriction(models: tuple[str, ...], servers: tuple[str, ...], routes: tuple[str, ...]) -> Restriction:
    restriction = Restriction(models, servers, routes)
    return UNRESTRICTED if restriction == UNRESTRICTED else restriction


def _same(one: Principal, other: Principal) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in one.__struct_fields__ if name not in _WORKED_OUT)
