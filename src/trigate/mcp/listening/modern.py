"""Listening at a server of 2026-07-28: one `subscriptions/listen`, replaced by a larger one before it is let go."""

from collections.abc import Callable, Coroutine
from typing import Any

from msgspec import Raw

from trigate.core.signal import Signal
from trigate.mcp.compose import Hop, compose
from trigate.mcp.envelope import encode
from trigate.mcp.greeting import Greeting
from trigate.mcp.listening.ear import Ear
from trigate.mcp.listening.news import is_task
from trigate.mcp.listening.reading import Reading
from trigate.mcp.message import Outgoing
from trigate.mcp.profile import MUTE, TASKS
from trigate.mcp.transport import Leg

Open = Callable[[Greeting, Outgoing, Signal], Coroutine[Any, Any, Leg]]
"""Sends a listen; raises GatewayError."""
_LISTS = {"toolsListChanged": True, "promptsListChanged": True, "resourcesListChanged": True}


def listen_for(wishes: list[str]) -> Outgoing:
    """The request that asks for changes of every list, and of these resources and tasks."""
    wanted: dict[str, object] = {**_LISTS}
    uris, tasks = [each for each in wishes if not is_task(each)], [each[1:] for each in wishes if is_task(each)]
    if uris:
        wanted["resourceSubscriptions"] = uris
    if tasks:
        wanted["taskIds"] = tasks
    hop = Hop("modern", profile=TASKS if tasks else MUTE)
    return compose("subscriptions/listen", {"notifications": Raw(encode(wanted))}, {}, hop)


async def hear_modern(ear: Ear, greeting: Greeting, send: Open) -> None:
    """Listen until the server ends it; raises GatewayError, and NotOffered."""
    current: Reading | None = None
    try:
        while True:
            uris = sorted(ear.uris)
            fresh = Reading(ear, await send(greeting, listen_for(uris), Signal(ear.signal.loop)))
            try:
                await _until_it_stands(ear, fresh)
            except BaseException:
                fresh.close()
                raise
            if current is None:
                ear.opened()
            else:
                current.close()
            current = fresh
            ear.followed(uris)
            while not current.done and sorted(ear.uris) == uris:
                await ear.signal.wait()
            if current.done:
                current.check()
                return
    finally:
        if current is not None:
            current.close()


async def _until_it_stands(ear: Ear, fresh: Reading) -> None:
    while not fresh.acknowledged and not fresh.done:
        await ear.signal.wait()
    fresh.check()
