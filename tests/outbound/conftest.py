"""What the tests of outbound share: the production event loop, and surroundings whose deadlines are swept."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import uvloop

from tests.outbound.chaos import Sweeper, surroundings_of
from trigate.core.surroundings import Surroundings


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop that workers run on."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture
async def surroundings() -> AsyncIterator[Surroundings]:
    """Surroundings of this loop; nothing may be left in the deadlines in the end."""
    made = surroundings_of(asyncio.get_running_loop())
    async with Sweeper(made.deadlines):
        yield made


@pytest.fixture
def surroundings_sync() -> Surroundings:
    """Surroundings for what never touches the loop."""
    loop: Any = None
    return surroundings_of(loop)
