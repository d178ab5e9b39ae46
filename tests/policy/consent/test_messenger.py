"""Operators are told of calls that wait, signed as the Standard Webhooks specification says."""

import asyncio
import base64
import hmac
import json
from typing import Any

import pytest

from tests.patience import PATIENCE
from tests.policy.issuer import Ground, Service
from trigate.core.settings import Secret
from trigate.policy.approval import Webhook
from trigate.policy.consent import messenger
from trigate.policy.consent.messenger import Messenger
from trigate.store.approval import Approval

SECRET = bytes(range(32))
WAITING = Approval(
    id="4f", time=10**18, expires=10**18 + 3600 * 10**9, state="pending", digest=b"d", rule="push", request="r",
    action="mcp.tools.call", resource="server/git/tool/push", key="dev",
)  # fmt: skip


class Ear(Service):
    """Hears, after refusing as often as it is told to."""

    refusals = 0

    def __init__(self) -> None:
        super().__init__()
        self.heard: asyncio.Queue[tuple[dict[str, str], bytes]] = asyncio.Queue()

    def answer(self, line: str, fields: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        if self.refusals:
            self.refusals -= 1
            return 503, {}, b""
        self.heard.put_nowait((fields, body))
        return 204, {}, b""


async def told(ear: Ear, arguments: bytes = b'{"a":1}', **more: Any) -> tuple[dict[str, str], dict[str, Any], bytes]:
    async with Ground() as ground, ear:
        Messenger(Webhook(url=f"{ear.url}/hook", **more), ground.client, ground.surroundings).tell(WAITING, arguments)
        async with asyncio.timeout(PATIENCE):
            fields, body = await ear.heard.get()
    return fields, json.loads(body), body


async def test_a_message_says_what_waits_and_is_signed() -> None:
    secret = Secret("whsec_" + base64.b64encode(SECRET).decode())
    fields, message, body = await told(Ear(), secret=secret)
    assert message["type"] == "approval.requested"
    assert message["data"] == {
        "id": "4f", "action": "mcp.tools.call", "resource": "server/git/tool/push", "rule": "push",
        "expires": "2001-09-09T02:46:40Z", "key": "dev",
    }  # fmt: skip
    signed = b"%b.%b.%b" % (fields["webhook-id"].encode(), fields["webhook-timestamp"].encode(), body)
    mac = base64.b64encode(hmac.digest(SECRET, signed, "sha256")).decode()
    assert fields["webhook-signature"] == f"v1,{mac}"


async def test_arguments_are_sent_only_if_wanted_and_as_text_where_they_were_cut() -> None:
    assert (await told(Ear(), arguments=b'{"a":1}'))[1]["data"].get("arguments") is None
    whole = Webhook(url="http://x.example", arguments=True)
    assert whole.arguments
    _, message, _ = await told_with_arguments(b'{"a":1}')
    assert message["data"]["arguments"] == {"a": 1}
    _, message, _ = await told_with_arguments(b'{"a":"cut of')
    assert message["data"]["arguments"] == '{"a":"cut of'


async def told_with_arguments(text: bytes) -> tuple[dict[str, str], dict[str, Any], bytes]:
    ear = Ear()
    async with Ground() as ground, ear:
        Messenger(Webhook(url=ear.url, arguments=True), ground.client, ground.surroundings).tell(WAITING, text)
        async with asyncio.timeout(PATIENCE):
            fields, body = await ear.heard.get()
    return fields, json.loads(body), body


async def test_a_message_that_is_refused_is_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messenger, "PAUSES", (0.0, 0.0))
    ear = Ear()
    ear.refusals = 2
    assert (await told(ear))[1]["data"]["id"] == "4f"


async def test_nobody_waits_for_more_messages_than_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messenger, "MOST", 0)
    ear = Ear()
    async with Ground() as ground, ear:
        Messenger(Webhook(url=ear.url), ground.client, ground.surroundings).tell(WAITING, b"{}")
        await asyncio.sleep(0)
        assert ear.asked == []
