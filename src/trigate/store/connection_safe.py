"""Where the control process keeps connections and what proves them: the database, off the event loop."""

from typing import TYPE_CHECKING

from trigate.core.connection import Connection
from trigate.store.keeper import Keeper

if TYPE_CHECKING:
    from trigate.store.vault import Vault


class ConnectionSafe:
    """Every method raises StoreUnavailable, and VaultSealed for a wrong master key."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper

    async def secret(self, name: str) -> str | None:
        """A secret of the vault, None if there is none."""
        return await self._keeper.secret(name)

    async def keep_secret(self, name: str, secret: str, purpose: str) -> None:
        """Keep a secret in the vault, for good once this returns."""
        await self._keeper.keep_secret(name, secret, purpose)

    async def connection(self, server: str, subject: str) -> tuple[Connection, str] | None:
        """The connection of a subject to a server, and its secret."""

        def find(vault: "Vault") -> tuple[Connection, str] | None:
            from trigate.store.connection_row import find_connection  # noqa: PLC0415 - SQL is loaded in the thread

            return find_connection(vault, server, subject)

        return await self._keeper.unlock(find)

    async def connection_of(self, id: str) -> tuple[Connection, str] | None:
        """The connection of this id, and its secret."""

        def get(vault: "Vault") -> tuple[Connection, str] | None:
            from trigate.store.connection_row import get_connection  # noqa: PLC0415 - as above

            return get_connection(vault, id)

        return await self._keeper.unlock(get)

    async def connections(self, **equal: str) -> list[Connection]:
        """Connections, filtered by columns."""

        def find(vault: "Vault") -> list[Connection]:
            from trigate.store.connection_row import list_connections  # noqa: PLC0415 - as above

            return list_connections(vault, **equal)

        return await self._keeper.unlock(find)

    async def keep_connection(self, row: Connection, secret: str) -> None:
        """Keep a connection, for good once this returns."""

        def put(vault: "Vault") -> None:
            from trigate.store.connection_row import put_connection  # noqa: PLC0415 - as above

            put_connection(vault, row, secret)

        await self._keeper.unlock(put, "gateway")

    async def drop_connection(self, id: str, actor: str) -> bool:
        """Forget a connection; whether there was one."""

        def drop(vault: "Vault") -> bool:
            from trigate.store.connection_row import drop_connection  # noqa: PLC0415 - as above

            return drop_connection(vault, id)

        return await self._keeper.unlock(drop, actor)
