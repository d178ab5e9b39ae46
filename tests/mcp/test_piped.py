"""What a command has said to one request."""

import asyncio

import pytest
from msgspec import Raw

from trigate.core.deadlines import NEVER
from trigate.mcp.message import Message
from trigate.mcp.piped import Request, progress_token


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


@pytest.mark.parametrize(
    ("params", "token"), [(b'{"progressToken":"a"}', "a"), (b"{}", None), (b"[1]", None), (b"{", None), (b"", None)]
)
def test_the_token_of_progress_is_read_from_whatever_comes(params: bytes, token: object):
    assert progress_token(Message(method="notifications/progress", params=Raw(params))) == token
