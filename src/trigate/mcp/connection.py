"""Servers to which callers connect themselves: they are asked to, where they can be, and their call then goes on."""

from collections.abc import Awaitable, Callable

import msgspec
from msgspec import Raw, Struct

from trigate.core.clock import clock
from trigate.core.parts import Part
from trigate.mcp.alarm import pause
from trigate.mcp.ask import Ask
from trigate.mcp.asker import CallAsker
from trigate.mcp.conversion import result
from trigate.mcp.envelope import encode, result_message
from trigate.mcp.person import CONNECT, PersonalUpstream
from trigate.mcp.question import url_question
from trigate.outbound.connection_needed import ConnectionNeeded

_ASKABLE = frozenset({"tools/call", "prompts/get", "resources/read"})
"""What a caller of 2026-07-28 can be asked during (multi round-trip requests)."""
_ROUNDS = 5
_LONGEST_PAUSE = 3.0


class _Answer(Struct):
    action: str = ""


async def connect(
    ask: Ask, upstream: PersonalUpstream, asker: CallAsker, deliver: Callable[[], Awaitable[Part]]
) -> Part:
    """Make a call, by `deliver`, which its server may turn away until its caller has agreed to what it wants.

    Such a server has not acted, so the call is made anew. Raises ConnectionNeeded for callers who cannot be asked, or
    do not agree, and what `deliver` and Asker.ask do.
    """
    for number in range(_ROUNDS):
        try:
            return await _deliver(ask, upstream, asker, deliver)
        except ConnectionNeeded as error:
            needed = error
        question = url_question(needed.link, f"Connect your account at {upstream.name} to this gateway")
        if ask.name not in _ASKABLE or not asker.can(question):
            raise needed
        # A key for each round: whoever comes back without having agreed is asked again.
        answers = await asker.ask({f"connect-{number}": question})
        if not _accepts(answers[f"connect-{number}"]):
            raise needed
        if asker.waits:
            await _agreed(upstream, asker, needed)
    return await _deliver(ask, upstream, asker, deliver)


async def _deliver(
    ask: Ask, upstream: PersonalUpstream, asker: CallAsker, deliver: Callable[[], Awaitable[Part]]
) -> Part:
    if ask.subject == CONNECT and ask.name == "tools/call" and await upstream.is_connected():
        text = f"{ask.server} is connected: list the tools again to see its own."
        members = {"content": Raw(encode([{"type": "text", "text": text}]))}
        return asker.reply.end(result_message(ask.id, result(ask, members)))
    return await deliver()


async def _agreed(upstream: PersonalUpstream, asker: CallAsker, needed: ConnectionNeeded) -> None:
    """Wait until the page that the caller has opened has done what it is for; raises ConnectionNeeded if it does not.

    Nothing tells: it may have been opened at another machine's address.
    """
    desk, before = upstream.desk, await upstream.at_hand()
    end, seconds = clock.monotonic() + desk.settings.answer, 0.25
    if asker.watch is not None:
        asker.watch.hold()
    try:
        while clock.monotonic() < end:
            await pause(desk.deadlines, asker.signal, seconds)
            seconds = min(_LONGEST_PAUSE, seconds * 2)
            if await upstream.at_hand() not in ("", before):
                return
    finally:
        if asker.watch is not None:
            asker.watch.release()
    raise needed


def _accepts(answer: Raw) -> bool:
    try:
        return msgspec.json.decode(answer, type=_Answer).action == "accept"
    except msgspec.DecodeError:
        return False
