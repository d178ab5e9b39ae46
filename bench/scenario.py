"""What is measured: the scenarios, each with its request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench import message
from bench.leg import Kind, Leg
from bench.message import Request
from bench.upstreams.weather import TOOL


@dataclass(frozen=True)
class Scenario:
    """A kind of request through a proxy to one kind of upstream. The unit is what the CPU time is divided by."""

    name: str
    title: str
    kind: Kind
    request: Callable[[Leg], Request]
    unit: str = "request"


def _governed(leg: Leg) -> Request:
    return message.governed(leg.name, stream=leg.kind == "stream")


def _translated(leg: Leg) -> Request:
    return message.translated(leg.name, stream=leg.kind == "stream")


def _tool(server: str, leg: Leg) -> Request:
    return message.tool_call(f"{leg.name}{server}__{TOOL}")


SCENARIOS = (
    Scenario("bare", "bare route", "page", lambda leg: message.bare(f"/{leg.name}/hello")),
    Scenario("keyed", "route, key, record", "page", lambda leg: message.keyed(f"/{leg.name}/kept/hello")),
    Scenario("chat", "chat, usage read", "chat", lambda leg: message.chat(leg.name, stream=False)),
    Scenario("governed", "chat, key, access, 3 limits, budget", "chat", _governed),
    Scenario("translated", "the same, translated", "chat", _translated),
    Scenario("stream", "stream, usage read", "stream", lambda leg: message.chat(leg.name, stream=True), "event"),
    Scenario("governed-stream", "stream, key, access, 3 limits, budget", "stream", _governed, "event"),
    Scenario("translated-stream", "the same, translated", "stream", _translated, "event"),
    Scenario("tool", "tools/call", "tool", lambda leg: message.tool_call(f"{leg.name}__{TOOL}")),
    Scenario("tool-older", "the same, server of 2025-11-25", "tool", lambda leg: _tool("older", leg)),
    Scenario("tool-stdio", "the same, server on a pipe, itself included", "tool", lambda leg: _tool("pipe", leg)),
    Scenario(
        "tool-stdio-older", "pipe, server of 2025-11-25, itself included", "tool", lambda leg: _tool("olderpipe", leg)
    ),
)


def idle(leg: Leg) -> Request:
    """A chat stream that says one word and then nothing."""
    return message.chat(f"idle{leg.name}", stream=True)
