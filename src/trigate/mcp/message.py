"""What servers send, and what is sent to them."""

from msgspec import DecodeError, Raw, Struct
from msgspec.json import Decoder

from trigate.core.errors import GatewayError
from trigate.core.parts import Headers
from trigate.mcp.envelope import error_message, members, result_message
from trigate.mcp.fault import METHOD_NOT_FOUND

NONE = Raw(b"")
ABOUT_ONE = frozenset({"notifications/message", "notifications/tasks/status"})
"""Notifications that may be about one request, but do not say which (2025-11-25, logging; tasks)."""


class Message(Struct):
    """A response or notification of a server; members that are absent are empty."""

    id: Raw = NONE
    method: str = ""
    params: Raw = NONE
    result: Raw = NONE
    error: Raw = NONE

    @property
    def is_request(self) -> bool:
        """Whether the server asks the client something."""
        return bool(self.method) and len(self.id) > 0


class Outgoing(Struct):
    """A request on its way to a server; its id is given by whoever puts it on the wire."""

    method: str
    tail: bytes
    """The message's text behind the id: `,"method":…,"params":…}`."""
    fields: Headers
    """Header fields where the transport has some (2026-07-28, transports: standard headers)."""
    token: str = ""
    """The gateway's own progress token in it, empty without one."""
    extra: bytes = b""
    """Whole header lines of the exchange it belongs to."""
    holder: str = ""
    """Whose process a command shall run in for it, empty for the one that all share."""

    def text(self, id: bytes) -> bytes:
        """The whole message."""
        return b'{"jsonrpc":"2.0","id":' + id + self.tail


class RpcError(Struct):
    """The error object of a response; members beside these are passed on unread."""

    code: int = 0
    message: str = ""
    data: Raw = NONE


decode_message = Decoder(Message).decode
decode_error = Decoder(RpcError).decode


def progress_token(message: Message) -> bytes:
    """The token in a notification of progress, as JSON text; empty if it has none."""
    try:
        return bytes(members(message.params).get("progressToken", NONE))
    except (DecodeError, GatewayError):
        return b""


def decline(message: Message) -> bytes:
    """The answer to a server's own request: the gateway is alive, but has nobody to ask."""
    id = bytes(message.id)
    if message.method == "ping":
        return result_message(id, b"{}")
    return error_message(id, METHOD_NOT_FOUND, f"{message.method}: the gateway cannot ask its caller")
