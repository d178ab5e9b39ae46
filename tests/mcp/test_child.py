"""What a command gets and what is made of what it says; its life is tested with its host."""

import asyncio
from typing import Any

import pytest
from msgspec import Raw

from trigate.core.deadlines import Deadlines
from trigate.mcp import child
from trigate.mcp.child import Child
from trigate.mcp.fault import ServerFailed
from trigate.mcp.guardian import Guardian
from trigate.mcp.piped import Request
from trigate.mcp.settings import Server
from trigate.mcp.starting import Starter
from trigate.outbound.settings import DnsSettings, EgressSettings


def starter(deadlines: Deadlines) -> Starter:
    return Starter(Guardian(), deadlines, lambda *_: None, EgressSettings(), DnsSettings())


async def test_a_request_keeps_its_response_whatever_comes_before_it():
    request = Request(1, "t", asyncio.get_running_loop())
    for number in range(1000):
        request.put(b"%d" % number, last=False)
    request.put(b"last", last=True)
    assert len(request.messages) == 257
    assert (request.messages[-1], request.done) == (b"last", True)


async def test_a_request_that_took_too_long_has_failed():
    request = Request(1, "", asyncio.get_running_loop())
    request.expire()
    await request.signal.wait()
    assert (request.done, request.failed) == (True, "no answer in time")


async def test_a_command_that_is_drained_before_it_ran_serves_nobody():
    deadlines = Deadlines()
    command = Child("x", Server(command=("true",)), deadlines, starter(deadlines), lambda *_: None)
    command.drain()
    with pytest.raises(ServerFailed, match="no longer configured"):
        await command.greeting()
    deadlines.sweep(command.deadline)
    assert len(deadlines) == 0


async def test_a_log_message_is_for_the_one_call_under_way_however_many_listen():
    deadlines = Deadlines()
    command = Child("x", Server(command=("true",)), deadlines, starter(deadlines), lambda *_: None)
    loop = asyncio.get_running_loop()
    stream, call, other = (Request(number, "", loop) for number in (1, 2, 3))
    stream.lasting = True
    command._requests = {1: stream, 2: call}
    line = b'{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1}}'
    command._take(line)
    assert [list(each.messages) for each in (stream, call)] == [[], [line]]
    command._requests[3] = other
    command._take(line)
    assert [list(each.messages) for each in (stream, call, other)] == [[], [line], []]


@pytest.mark.parametrize(("id", "number"), [(b"7", 7), (b'"7"', -1), (b"", -1), (b"1.5", -1), (b"9" * 40, -1)])
def test_only_ids_that_were_given_out_are_numbers(id: bytes, number: int):
    assert child._number(Raw(id)) == number


@pytest.mark.parametrize(("line", "text"), [(b"a\x1b[1mb", "a [1mb"), (b"\xff", "�"), (b"x" * 9999, "x" * 2000)])
def test_lines_cannot_drive_a_terminal(line: bytes, text: Any):
    assert child._printable(line) == text
