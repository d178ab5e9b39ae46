"""Tasks that are never lost and never fail silently."""

import asyncio
import gc
from typing import Any

from tests.patience import PATIENCE
from trigate.core.tasks import spawn


async def test_a_spawned_task_survives_garbage_collection() -> None:
    done = asyncio.Event()

    async def work() -> None:
        await asyncio.sleep(0)
        done.set()

    spawn(work(), "work")
    gc.collect()
    await asyncio.wait_for(done.wait(), PATIENCE)


async def test_a_failure_reaches_the_loops_exception_handler_by_name() -> None:
    seen: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: seen.append(context))

    async def work() -> None:
        raise ValueError("broken")

    task = spawn(work(), "the work")
    await asyncio.wait([task])
    await asyncio.sleep(0)
    assert [str(context["exception"]) for context in seen] == ["broken"]
    assert "the work" in seen[0]["message"]


async def test_a_cancelled_task_is_no_failure() -> None:
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: seen.append(context))
    seen: list[dict[str, Any]] = []
    task = spawn(asyncio.sleep(60), "sleep")
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    await asyncio.sleep(0)
    assert seen == []
