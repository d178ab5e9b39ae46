"""Where operators' requests meet the store: each is one transaction, in the operator's name."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from trigate.admin.operator import Operator
from trigate.store.directory import Key
from trigate.store.keeper import Keeper

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from trigate.store.identity import Actor, Identity
    from trigate.store.vault import Vault

T = TypeVar("T")


class Desk:
    """Reads and changes rows for operators; an operator of one organisation sees nothing of another."""

    def __init__(self, keeper: Keeper, changed: Callable[[], None]) -> None:
        """`changed` is told of every change, so that it counts everywhere soon."""
        self._keeper = keeper
        self._changed = changed

    async def read(self, operator: Operator, act: "Callable[[Identity], T]") -> T:
        """What `act` finds; raises GatewayError."""
        return await self._keeper.look(_actor(operator), act)

    async def change(self, operator: Operator, act: "Callable[[Identity], T]") -> T:
        """What `act` makes: on disk and in the audit when this returns, or not at all. Raises GatewayError."""
        done = await self._keeper.change(_actor(operator), act)
        self._changed()
        return done

    async def query(self, act: "Callable[[Connection], T]") -> T:
        """What `act` finds in tables that no tenant owns; the caller puts the tenant into its query."""
        return await self._keeper.read(act)

    async def note(self, act: "Callable[[Connection], T]") -> T:
        """What `act` finds and puts into the audit; the caller puts the tenant into its query."""
        return await self._keeper.write(act)

    async def unlock(self, act: "Callable[[Vault], T]", actor: str = "") -> T:
        """What `act` finds in rows whose secrets are in the vault, or makes there in the name of `actor`; the caller
        puts the tenant into its query."""
        return await self._keeper.unlock(act, actor)

    async def holder(self, secret: str) -> Key | None:
        """The valid key with this secret, None if there is none."""
        return await self._keeper.holder(secret)


def _actor(operator: Operator) -> "Actor":
    from trigate.store.identity import Actor  # noqa: PLC0415 - SQL is loaded when it is needed

    return Actor(f"operator:{operator.name}", operator.organisation or None)
