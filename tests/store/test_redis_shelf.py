"""A shelf in Redis: what shelves do, found by every machine, and a lost server is a refusal at once."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.patience import PATIENCE
from tests.store import redis_server
from tests.store.shelf_oracle import check_shelf
from trigate.core.clock import clock
from trigate.core.errors import StoreUnavailable
from trigate.store.redis_shelf import REST_SECONDS, RedisShelf

Make = Callable[..., RedisShelf]


@pytest.fixture
def server() -> Iterator[redis_server.Server]:
    if not (redis_server.find() or redis_server.install()):
        reason = "redis-server is not installed: install it, or run `make test` as root on Debian"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    folder = Path(tempfile.mkdtemp(prefix="trigate-redis"))
    running = redis_server.Server(folder)
    running.start()
    yield running
    running.stop()
    shutil.rmtree(folder)


@pytest.fixture
async def make(server: redis_server.Server) -> AsyncIterator[Make]:
    beginning, made = f"{uuid4().hex}:", list[RedisShelf]()

    def open_one(largest: int = 100, timeout: float = PATIENCE) -> RedisShelf:
        made.append(RedisShelf(server.url, beginning, largest, timeout))
        return made[-1]

    yield open_one
    for each in made:
        each.drain()


async def test_it_does_what_shelves_do(make: Make):
    await check_shelf(make())


async def test_what_one_machine_puts_there_another_finds(make: Make):
    one, other = make(), make()
    await one.put("k", b"1", 60)
    assert await other.get("k") == b"1"


async def test_large_things_come_back_whole(make: Make):
    shelf, value = make(largest=4 * 2**20), os.urandom(4 * 2**20)
    assert await shelf.put("k", value, 60)
    assert await shelf.get("k") == value


async def test_many_are_cleared_in_steps(make: Make):
    shelf = make()
    for number in range(450):
        await shelf.put(f"n-{number}", b"", 60)
    await shelf.put("m", b"", 60)
    assert await shelf.clear("n-") == 450
    assert await shelf.get("m") == b""


async def test_a_server_that_hangs_is_lost_at_once_and_found_again(
    make: Make, server: redis_server.Server, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    shelf = make(timeout=0.05)
    await shelf.put("k", b"1", 60)
    server.freeze()
    for _ in range(3):
        with pytest.raises(StoreUnavailable):
            await shelf.get("k")
    server.thaw()
    now = clock.monotonic()
    monkeypatch.setattr(clock, "monotonic", lambda: now + 2 * REST_SECONDS)
    patient = make()
    assert await patient.get("k") == b"1"
    assert capfd.readouterr().err.count("cannot be had") == 1


async def test_no_server_is_a_refusal_without_the_password(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    shelf = RedisShelf(f"unix://user:canary-password@/{tmp_path}/nobody", "a:", 100, 1)
    with pytest.raises(StoreUnavailable) as found:
        await shelf.put("k", b"1", 60)
    assert "canary" not in found.value.message + "".join(capfd.readouterr())
    shelf.drain()
