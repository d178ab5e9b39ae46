"""What goes wrong between JSON-RPC peers, as errors that know their JSON-RPC code."""

from collections.abc import Mapping

from trigate.core.errors import BadRequest, ExchangeStopped, Forbidden, NotFound, UpstreamFailed

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
HEADER_MISMATCH = -32020
MISSING_CAPABILITY = -32021
UNSUPPORTED_VERSION = -32022
OLD_RESOURCE_NOT_FOUND = -32002
"""What revisions before 2026-07-28 answer for an unknown resource; newer ones use INVALID_PARAMS."""


class Fault(BadRequest):
    """The message breaks a rule of JSON-RPC or of the protocol revision it claims."""

    code = "mcp.invalid"

    def __init__(self, number: int, message: str, data: Mapping[str, object] | None = None, id: bytes = b"") -> None:
        super().__init__(message)
        self.number = number
        """The JSON-RPC error code."""
        self.data = data
        """The error's `data` member, if the protocol asks for one."""
        self.id = id
        """The request's id as JSON, where it was understood so far."""


class UnknownMethod(NotFound):
    """No such method in this protocol revision, or none that the gateway serves."""

    code = "mcp.unknown_method"


class UnknownSession(NotFound):
    """No such session: never begun, ended, expired, or somebody else's; the client begins again with `initialize`."""

    code = "mcp.unknown_session"


class Cancelled(ExchangeStopped):
    """The caller has cancelled this one request."""

    code = "mcp.cancelled"


class OriginDenied(Forbidden):
    """A web page of an origin that is not allowed sent this."""

    code = "mcp.origin_denied"


class ServerFailed(UpstreamFailed):
    """A tool server cannot be reached, or does not speak the protocol; only its own tools are affected."""

    code = "mcp.server_failed"
    retryable = False
    answered: int = 0
    """The HTTP status it answered with, 0 if it did not."""


class SessionLost(UpstreamFailed):
    """A tool server has forgotten its session with the gateway, and has not looked at the request."""

    code = "mcp.session_lost"
    retryable = False


class NotSpoken(ServerFailed):
    """A tool server's answer is no JSON-RPC message."""

    code = "mcp.not_spoken"
