"""Decides by password or API key who somebody is; what is wrong is told in one sentence for all cases."""

import asyncio
import os

from trigate.core.clock import clock
from trigate.core.errors import Overloaded, Unauthenticated
from trigate.core.principal import Principal
from trigate.policy.credential import Credential, read_networks
from trigate.policy.directory import Directory
from trigate.policy.password import PasswordHash, hash_password, read_hash
from trigate.portal.archive import Archive
from trigate.portal.attempt import Attempts
from trigate.portal.frequency import neighbourhood
from trigate.portal.session import Session
from trigate.portal.visit import Visit
from trigate.store.directory import PREFIX

MOST_UNDER_WAY = 4
"""Passwords checked at the same time; each takes a tenth of a second and 32 MiB."""
MOST_OF_PAIR, MOST_OF_ADDRESS, MOST_OF_USER = 10, 30, 100
"""Failures within a window: of an address about a user, of an address, and about a user from wherever they come, so
that a stranger who guesses does not lock out the user at once."""
LONGEST = 1024
"""Characters of a name, password or key."""
WRONG = "this is not right: check what you typed"


class Doorkeeper:
    """Lets people in; a living thing, so that a reload forgives nobody."""

    _archive: Archive
    _directory: Directory

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._attempts = Attempts()
        self._under_way = 0
        self._nobody: PasswordHash | None = None

    def use(self, archive: Archive, directory: Directory) -> None:
        """Look people up there; `directory` knows the keys of the file."""
        self._archive = archive
        self._directory = directory

    def drain(self) -> None:
        """Nothing is open."""

    async def by_password(self, visit: Visit, user: str, password: str) -> Session:
        """The user with this password; raises Unauthenticated, RateReached, Overloaded."""
        about = self._about(visit, user)
        if not user or not password or max(len(user), len(password)) > LONGEST:
            raise Unauthenticated(WRONG)
        row = await self._archive.user(user)
        kept = await self._archive.password(user) if row is not None else ""
        right = await self._fits(kept, password)
        if row is None or not right:
            self._attempts.fail(about, clock.monotonic())
            raise Unauthenticated(WRONG)
        self._attempts.forget(next(iter(about)))
        return Session(user=user, how="password", organisation=row.organisation)

    async def by_key(self, visit: Visit, secret: str) -> Session:
        """The person whose API key this is; raises Unauthenticated, Forbidden, RateReached."""
        about = self._about(visit)
        session = await self._holder(visit, secret) if 0 < len(secret) <= LONGEST and secret.isascii() else None
        if session is None:
            self._attempts.fail(about, clock.monotonic())
            raise Unauthenticated(WRONG)
        return session

    def _about(self, visit: Visit, user: str = "") -> dict[str, int]:
        address = neighbourhood(visit.address)
        about = {f"pair {address} {user}": MOST_OF_PAIR, f"user {user}": MOST_OF_USER} if user else {}
        about[f"address {address}"] = MOST_OF_ADDRESS
        self._attempts.check(about, clock.monotonic())
        return about

    async def _holder(self, visit: Visit, secret: str) -> Session | None:
        if not secret.startswith(PREFIX):
            found = self._directory.find(secret.encode())
            return _of_file(found, visit.address) if isinstance(found, Principal) else None
        key = await self._archive.key(secret)
        if key is None or not key.user or "mcp" not in key.lanes:
            return None
        Credential(networks=read_networks(key.addresses)).check_address(visit.address)
        return Session(user=key.user, how="key", key=key.name, servers=key.servers, organisation=key.organisation)

    async def _fits(self, kept: str, password: str) -> bool:
        if self._under_way >= MOST_UNDER_WAY:
            raise Overloaded("too many passwords are being checked; try again", retry_after=1.0)
        self._under_way += 1
        try:
            return await self._loop.run_in_executor(None, self._compare, kept, password)
        finally:
            self._under_way -= 1

    def _compare(self, kept: str, password: str) -> bool:
        # Whoever has no password is compared with a made-up one: a name that nobody has must not answer sooner.
        if self._nobody is None:
            self._nobody = read_hash(hash_password(os.urandom(16).hex()))
        known = read_hash(kept) if kept else self._nobody
        return known.fits(password.encode()) and bool(kept)


def _of_file(principal: Principal, address: str) -> Session | None:
    if not principal.user or "mcp" not in principal.lanes:
        return None
    if isinstance(principal.standing, Credential):
        principal.standing.check_address(address)
    return Session(
        user=principal.user,
        how="key",
        key=principal.key,
        servers=principal.restriction.servers,
        organisation=principal.organisation,
        known=False,
    )
