"""What a command has said to one request."""

import asyncio

from trigate.core.deadlines import NEVER
from trigate.mcp.piped import Request


async def test_messages_wait_up_to_a_bound_and_the_response_always_fits():
    request = Request(1, "token", asyncio.get_running_loop())
    for _ in range(1000):
        request.put(b"progress", last=False)
    waiting = len(request.messages)
    assert waiting < 1000
    assert not request.done
    request.put(b"response", last=True)
    assert len(request.messages) == waiting + 1
    assert request.done
    assert request.signal.kept


async def test_a_request_that_takes_too_long_has_failed():
    request = Request(1, "", asyncio.get_running_loop())
    request.expire()
    assert request.done
    assert request.failed
    assert request.deadline == NEVER
