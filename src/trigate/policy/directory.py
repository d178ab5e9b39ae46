"""Who is known to a worker: the keys of the file, and behind them the keys and people of the store."""

import os
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING

from trigate.core.clock import clock
from trigate.core.errors import StoreUnavailable
from trigate.core.principal import Principal, Restriction
from trigate.policy.credential import Credential, read_networks
from trigate.policy.roster import Roster
from trigate.policy.subscription import Subscriber, Subscription
from trigate.store.directory import PREFIX, Document

if TYPE_CHECKING:
    from trigate.policy.settings import Key

Found = Principal | None
MARK_OF_OWN_KEYS = PREFIX.encode()


class Directory(Subscriber):
    """Finds who a credential belongs to; a key of the file hides a key of the store with the same name.

    How long the look-up of a digest under a secret pepper takes tells an attacker nothing, so a dict may do it.
    """

    __slots__ = (
        "_callbacks",
        "_closed",
        "_known",
        "_names",
        "_pepper",
        "_roster",
        "_subscription",
        "_voided",
        "revision",
    )

    def __init__(
        self, keys: "Mapping[str, Key]", subscription: Subscription | None = None, *, closed: bool = False
    ) -> None:
        """Without a subscription only the keys of the file are known.

        `closed`: refuse everybody rather than go on without the rules of a store that is not heard of.
        """
        self._closed = closed
        self._pepper = os.urandom(32)
        self._known = {self._digest(key.secret.reveal().encode()): _principal(name, key) for name, key in keys.items()}
        self._names = frozenset(keys)
        self._callbacks = list[Callable[[], None]]()
        self._subscription = subscription
        self._roster = subscription.roster if subscription else Roster()
        self._voided = 0
        self.revision = self._roster.revision
        """Grows whenever a principal given out before may have changed."""
        if subscription is not None:
            subscription.subscribers.add(self)

    @property
    def roster(self) -> Roster:
        """Organisations, teams, people and agents of the store."""
        return self._roster

    @property
    def documents(self) -> tuple[Document, ...]:
        """Rules and limits made at run time."""
        return self._roster.documents

    def find(self, secret: bytes) -> Found | Awaitable[Found]:
        """Whose key this is, None if nobody's.

        To be awaited while the store's keys are not known yet: raises StoreUnavailable if that takes too long.
        """
        found = self._known.get(self._digest(secret))
        if found is not None:
            return found if found.expires > clock.wall_ns() / 1e9 else None
        if self._subscription is not None and not self._roster.known:
            return self._find_later(self._subscription, secret)
        return self._find_stored(secret)

    def named(self, name: str) -> Found:
        """Who shows the valid key of this name, None if there is none."""
        if name not in self._names:
            return self._roster.named(name)
        found = next(each for each in self._known.values() if each.key == name)
        return found if found.expires > clock.wall_ns() / 1e9 else None

    @property
    def known(self) -> bool:
        """Whether the people and keys of the store are known already."""
        return self._subscription is None or self._roster.known

    async def learn(self) -> None:
        """Wait until they are; raises StoreUnavailable if that takes too long."""
        if self._subscription is not None and not self._roster.known:
            await self._subscription.wait()

    @property
    def bound(self) -> bool:
        """Whether the rules and limits made at run time hold already."""
        return self._subscription is None or self._subscription.bound

    async def bind(self) -> None:
        """Wait until they do, within bounds; raises StoreUnavailable if they cannot be known and nobody may go on."""
        subscription = self._subscription
        if subscription is None:
            return
        try:
            await subscription.wait()
        except StoreUnavailable:
            if self._closed:
                raise
            subscription.bound = True  # to be waited for once, not by every caller anew

    def stands(self, principal: Principal) -> bool:
        """Whether what is done in this name may go on: its key was neither revoked nor changed, nor has it expired."""
        standing = principal.standing
        return standing is None or not (standing.ended or standing.until <= clock.wall_ns() / 1e9)

    def recognises(self, secret: bytes) -> bool:
        """Whether this is a key of the gateway, also one that is no longer good, or a text made to look like one."""
        return secret.startswith(MARK_OF_OWN_KEYS) or self._digest(secret) in self._known

    def watch(self, callback: Callable[[], None]) -> None:
        """Have `callback` called after every change of who is known, for as long as this directory lives."""
        self._callbacks.append(callback)

    def changed(self) -> None:
        """Take notice, and tell whoever watches."""
        self.revision = self._roster.revision + self._voided
        for each in self._callbacks:
            each()

    def void(self) -> None:
        """Have everybody identified anew: an issuer has taken back a key that proved who they were."""
        self._voided += 1
        self.revision += 1

    async def _find_later(self, subscription: Subscription, secret: bytes) -> Found:
        await subscription.wait()
        return self._find_stored(secret)

    def _find_stored(self, secret: bytes) -> Found:
        found = self._roster.find(secret)
        return None if found is None or found.key in self._names else found

    def _digest(self, secret: bytes) -> bytes:
        return blake2b(secret, key=self._pepper, digest_size=16).digest()


def _principal(name: str, key: "Key") -> Principal:
    until = datetime.fromisoformat(key.expires).timestamp() if key.expires else float("inf")
    networks = read_networks(key.addresses)
    credential = Credential(until=until, networks=networks, may_act_for_users=key.may_act_for_users)
    return Principal(
        name,
        frozenset(key.lanes),
        key.user,
        key.agent,
        key.team,
        key.organisation,
        frozenset(key.roles),
        restriction=Restriction(key.models, key.servers, key.routes),
        expires=until,
        standing=credential,
    )
