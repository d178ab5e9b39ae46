"""The event loop's way to connections."""

import asyncio

from trigate.core.connection import Connection
from trigate.store.connection_safe import ConnectionSafe
from trigate.store.keeper import Keeper
from trigate.store.settings import StoreSettings


async def test_connections_are_kept_found_listed_and_dropped(settings: StoreSettings):
    keeper = Keeper(settings, asyncio.get_running_loop())
    safe = ConnectionSafe(keeper)
    assert await safe.connection("it", "gateway") is None
    await safe.keep_connection(Connection(id="", server="it", subject="gateway", kind="oauth"), "canary")
    found = await safe.connection("it", "gateway")
    assert found is not None
    assert found == await safe.connection_of(found[0].id)
    assert found[1] == "canary"
    assert await safe.connections(server="it") == [found[0]]
    assert await safe.drop_connection(found[0].id, "root")
    assert await safe.connections() == []
    await safe.keep_secret("a", "b", "test")
    assert await safe.secret("a") == "b"
    keeper.drain()
