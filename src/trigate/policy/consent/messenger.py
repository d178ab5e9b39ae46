"""Tells operators of calls that wait, by a webhook (Standard Webhooks 1.0)."""

import asyncio
import base64
import hmac
from datetime import UTC, datetime

import msgspec
from msgspec import Raw, Struct

from trigate.core.clock import clock
from trigate.core.errors import GatewayError
from trigate.core.parts import Headers
from trigate.core.surroundings import Surroundings
from trigate.core.tasks import spawn
from trigate.outbound.client import Client
from trigate.policy.approval import Webhook
from trigate.policy.inquiry import Site
from trigate.store.approval import Approval
from trigate.telemetry.log import log

PAUSES = (1.0, 5.0)
"""Seconds before the second and the third attempt."""
MOST = 64
"""Messages under way; further ones are not sent, for the queue is what counts."""
_SECOND = 10**9


class Waiting(Struct, omit_defaults=True):
    """What is told of a call."""

    id: str
    action: str
    resource: str
    rule: str
    expires: str
    key: str
    user: str = ""
    agent: str = ""
    team: str = ""
    organisation: str = ""
    on_behalf_of: str = ""
    arguments: Raw | None = None


class Message(Struct):
    """The body."""

    type: str
    timestamp: str
    data: Waiting


class Messenger:
    """Sends what is told; bounded in time and number."""

    __slots__ = ("_key", "_settings", "_site", "_under_way")

    def __init__(self, settings: Webhook, client: Client, surroundings: Surroundings) -> None:
        """Raises BadConfig if the URL cannot be used."""
        self._settings = settings
        self._key = settings.key()
        self._site = Site(settings.url, client, surroundings.loop, settings.timeout)
        self._under_way = 0

    def tell(self, approval: Approval, arguments: bytes) -> None:
        """Tell of a call that begins to wait; returns at once."""
        if self._under_way >= MOST:
            log.warning("operators are not told of a call that waits: too many messages are under way", id=approval.id)
            return
        body = msgspec.json.encode(self._message(approval, arguments))
        spawn(self._send(approval.id, body), f"approval {approval.id} is told")

    def _message(self, approval: Approval, arguments: bytes) -> Message:
        waiting = Waiting(
            approval.id, approval.action, approval.resource, approval.rule, _moment(approval.expires), approval.key,
            approval.user, approval.agent, approval.team, approval.organisation, approval.on_behalf_of,
        )  # fmt: skip
        if self._settings.arguments:
            waiting.arguments = Raw(_whole(arguments))
        return Message("approval.requested", _moment(approval.time), waiting)

    async def _send(self, id: str, body: bytes) -> None:
        self._under_way += 1
        try:
            for pause in (*PAUSES, None):
                if await self._arrives(id, body):
                    return
                if pause is not None:
                    await asyncio.sleep(pause)
        finally:
            self._under_way -= 1
        log.error("operators could not be told of a call that waits for approval", id=id)

    async def _arrives(self, id: str, body: bytes) -> bool:
        try:
            reply = await self._site.ask(b"POST", self._fields(id, body), body)
        except GatewayError:
            return False
        return 200 <= reply.status < 300

    def _fields(self, id: str, body: bytes) -> Headers:
        fields: Headers = [(b"content-type", b"application/json"), (b"webhook-id", id.encode())]
        stamp = b"%d" % (clock.wall_ns() // _SECOND)
        fields.append((b"webhook-timestamp", stamp))
        if self._key:
            mac = hmac.digest(self._key, b"%b.%b.%b" % (id.encode(), stamp, body), "sha256")
            fields.append((b"webhook-signature", b"v1," + base64.b64encode(mac)))
        return fields


def _whole(arguments: bytes) -> bytes:
    """As JSON, also where they were cut."""
    try:
        msgspec.json.decode(arguments)
    except msgspec.DecodeError:
        return msgspec.json.encode(arguments.decode("utf-8", "replace"))
    return arguments


def _moment(nanoseconds: int) -> str:
    return datetime.fromtimestamp(nanoseconds // _SECOND, UTC).isoformat().replace("+00:00", "Z")
