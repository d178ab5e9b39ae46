"""The event loop's way to the store: work is done in threads, where SQL is loaded when there is something to do."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from trigate.core.clock import clock
from trigate.core.errors import GatewayError, StoreUnavailable, UnknownName
from trigate.core.surroundings import Surroundings
from trigate.store.blank import is_blank
from trigate.store.directory import Key, Snapshot
from trigate.store.settings import StoreSettings
from trigate.telemetry.log import log

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from trigate.store.balance import Balance
    from trigate.store.identity import Actor, Identity
    from trigate.store.store import Store
    from trigate.store.vault import Vault

T = TypeVar("T")


class Keeper:
    """One store, shared by all that a process does with it; a living thing of the keep.

    Every method raises StoreUnavailable while the database cannot be reached, and BadConfig while its schema is not
    the one of this program.
    """

    def __init__(self, settings: StoreSettings, loop: asyncio.AbstractEventLoop) -> None:
        """Opens nothing yet."""
        self._settings = settings
        self._loop = loop
        self._store: Store | None = None
        self._closed = False
        self._problems = dict[str, str]()
        self.reached: bool | None = None
        """Whether identity could be read at the last attempt; None before the first."""
        # Questions that take their time never stand before those that revocation waits for.
        self._quick = ThreadPoolExecutor(2, "store")
        self._slow = ThreadPoolExecutor(1, "store-report")

    async def revision(self) -> int:
        """Grows with every change of identity; cheap enough for twice a second."""
        return await self._heed("revision", lambda store: store.revision(), 0)

    async def snapshot(self) -> Snapshot:
        """All of identity that is live; raises VaultSealed for a wrong master key."""
        return await self._heed("snapshot", lambda store: store.snapshot(), Snapshot(revision=0, pepper=b""))

    @property
    def problem(self) -> str:
        """Why identity cannot be read, if an operator must do something about it; empty otherwise."""
        return next((each for each in self._problems.values() if each), "")

    async def holder(self, secret: str) -> Key | None:
        """The valid key with this secret, None if there is none."""
        return await self._run(self._quick, lambda store: store.holder(secret))

    async def change(self, actor: "Actor", work: "Callable[[Identity], T]") -> T:
        """Change identity, for good once this returns."""
        return await self._run(self._quick, lambda store: store.change(actor, work))

    async def look(self, actor: "Actor", work: "Callable[[Identity], T]") -> T:
        """Read identity."""
        return await self._run(self._quick, lambda store: store.look(actor, work))

    async def write(self, work: "Callable[[Connection], T]") -> T:
        """Any other power-safe change, such as of the vault."""
        return await self._run(self._quick, lambda store: _write(store, work))

    async def jot(self, work: "Callable[[Connection], T]") -> T:
        """Write what may be lost with the power, and may take its time."""
        return await self._run(self._slow, lambda store: _jot(store, work))

    async def read(self, work: "Callable[[Connection], T]", *nothing: T) -> T:
        """Any other reading; one that may take long, such as usage, goes here and holds up no other.

        `nothing` is the answer while nothing was ever kept, for those who ask by themselves every now and then.
        """
        return await self._run(self._slow, lambda store: _read(store, work), *nothing)

    async def peek(self, work: "Callable[[Connection], T]") -> T:
        """A short reading, before which nothing long may stand."""
        return await self._run(self._quick, lambda store: _read(store, work))

    async def secret(self, name: str) -> str | None:
        """A secret of the vault, None if there is none; raises VaultSealed for a wrong master key."""
        return await self._run(self._quick, lambda store: _read_secret(store, name))

    async def keep_secret(self, name: str, secret: str, purpose: str) -> None:
        """Keep a secret in the vault, for good once this returns; raises VaultSealed for a wrong master key."""
        await self._run(self._quick, lambda store: _keep_secret(store, name, secret, purpose))

    async def unlock(self, work: "Callable[[Vault], T]", actor: str = "") -> T:
        """Any other work with the vault, for changes by `actor`; raises VaultSealed for a wrong master key."""
        return await self._run(self._quick, lambda store: _unlock(store, work, actor))

    async def entrusted(self, actor: str, work: "Callable[[Connection, Vault], T]") -> T:
        """A power-safe change that touches the vault, too; raises VaultSealed for a wrong master key."""
        return await self._run(self._quick, lambda store: _entrust(store, actor, work))

    async def balances(self) -> "list[Balance]":
        """What every budget has settled in the windows that have not ended."""
        return await self._run(self._quick, _read_balances, [])

    @property
    def is_blank(self) -> bool:
        """Whether nothing was ever kept; looks at the disk, for threads that may wait."""
        return self._store is None and is_blank(self._settings)

    def store(self) -> "Store":
        """The store itself, for threads that may wait."""
        if self._store is None:
            from trigate.store.store import Store  # noqa: PLC0415 - SQL costs 25 MB and is loaded off the loop

            self._store = Store(self._settings)
        return self._store

    def drain(self) -> None:
        """No configuration uses it any more; what is under way ends by itself."""
        self._closed = True
        self._quick.shutdown(wait=False)
        self._slow.shutdown(wait=False)
        if self._store is not None:
            self._store.close()

    async def _heed(self, what: str, work: "Callable[[Store], T]", nothing: T) -> T:
        """Run `work`, and say in the log what no waiting will heal, once."""
        problem = ""
        try:
            found = await self._run(self._quick, work, nothing)
            self.reached = True
            return found
        except GatewayError as error:
            self.reached = False
            problem = error.message if error.blame == "operator" else ""
            if problem and problem != self.problem:
                log.error("keys, rules and limits of the store cannot be read", reason=problem)
            raise
        finally:
            self._problems[what] = problem

    async def _run(self, threads: ThreadPoolExecutor, work: "Callable[[Store], T]", *nothing: T) -> T:
        if self._closed:
            raise StoreUnavailable("the store's settings have changed; ask again")
        return await self._loop.run_in_executor(threads, self._do, work, nothing)

    def _do(self, work: "Callable[[Store], T]", nothing: tuple[T, ...]) -> T:
        return nothing[0] if nothing and self.is_blank else work(self.store())


def open_keeper(settings: StoreSettings, around: Surroundings) -> Keeper:
    """The keeper of these settings, the same one for all who ask in a process."""
    return around.keep.adopt("store", settings, lambda: Keeper(settings, around.loop))


def _read_balances(store: "Store") -> "list[Balance]":
    from trigate.store.balance import current_balances  # noqa: PLC0415 - in the thread, as above

    with store.reading() as connection:
        return current_balances(connection, clock.wall_ns())


def _read_secret(store: "Store", name: str) -> str | None:
    with store.vault() as vault:
        try:
            return vault.get(name)
        except UnknownName:
            return None


def _keep_secret(store: "Store", name: str, secret: str, purpose: str) -> None:
    with store.vault("gateway") as vault:
        vault.put(name, secret, purpose)


def _unlock(store: "Store", work: "Callable[[Vault], T]", actor: str) -> T:
    with store.vault(actor) as vault:
        return work(vault)


def _entrust(store: "Store", actor: str, work: "Callable[[Connection, Vault], Any]") -> Any:
    from trigate.store.vault import Vault  # noqa: PLC0415 - in the thread, as above

    with store.writing("power_safe") as connection:
        return work(connection, Vault(connection, store.master, actor))


def _write(store: "Store", work: "Callable[[Connection], Any]") -> Any:
    with store.writing("power_safe") as connection:
        return work(connection)


def _jot(store: "Store", work: "Callable[[Connection], Any]") -> Any:
    with store.writing() as connection:
        return work(connection)


def _read(store: "Store", work: "Callable[[Connection], Any]") -> Any:
    with store.reading() as connection:
        return work(connection)
