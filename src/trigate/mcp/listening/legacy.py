"""Listening at a server of the older protocol: a GET stream of its session, and a request per subscription."""

from collections.abc import Callable, Coroutine
from typing import Any

from msgspec import Raw

from trigate.core.errors import GatewayError
from trigate.core.signal import Signal
from trigate.mcp.alarm import Alarm
from trigate.mcp.compose import Hop, compose
from trigate.mcp.envelope import encode
from trigate.mcp.greeting import Greeting
from trigate.mcp.listening.ear import Ear
from trigate.mcp.listening.news import is_task
from trigate.mcp.listening.reading import Reading
from trigate.mcp.message import Outgoing
from trigate.mcp.transport import Leg

Ask = Callable[[Greeting, Outgoing], Coroutine[Any, Any, None]]
"""Sends a request and waits for its answer, whatever it is; raises GatewayError."""
Get = Callable[[Greeting, Signal], Coroutine[Any, Any, Leg]]
"""Opens the stream; raises GatewayError, and NotOffered."""


def subscribe(method: str, uri: str) -> Outgoing:
    """`resources/subscribe` or `resources/unsubscribe`."""
    return compose(method, {"uri": Raw(encode(uri))}, {}, Hop("legacy"))


IDLE = 120.0
"""Seconds in which nothing is said either way, after which the server is told that somebody is still there."""
PING = compose("ping", {}, {}, Hop("legacy"))


async def hear_legacy(ear: Ear, greeting: Greeting, get: Get, ask: Ask) -> None:
    """Listen until the server ends it; raises GatewayError, and NotOffered."""
    reading = Reading(ear, await get(greeting, Signal(ear.signal.loop)))
    subscribed: set[str] = set()
    try:
        ear.opened()
        while not reading.done:
            await _follow(ear, greeting, subscribed, ask)
            ear.followed(subscribed)
            if not reading.done and subscribed == ear.uris.keys():
                with Alarm(ear.deadlines, ear.signal, IDLE) as alarm:
                    await ear.signal.wait()
                if alarm.rung:
                    await ping(greeting, ask)
        reading.check()
    finally:
        reading.close()


async def _follow(ear: Ear, greeting: Greeting, subscribed: set[str], ask: Ask) -> None:
    """Subscribe to what is wanted now, and to nothing else."""
    for uri in subscribed - ear.uris.keys():
        subscribed.discard(uri)
        if not is_task(uri):
            await ask(greeting, subscribe("resources/unsubscribe", uri))
    for uri in list(ear.uris.keys() - subscribed):
        subscribed.add(uri)
        if not is_task(uri):
            await ask(greeting, subscribe("resources/subscribe", uri))


async def ping(greeting: Greeting, ask: Ask) -> None:
    """Say that somebody is still there: some servers forget sessions that are silent."""
    try:
        await ask(greeting, PING)
    except GatewayError:
        return  # the stream tells whether the server is gone
