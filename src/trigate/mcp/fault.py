"""What goes wrong between JSON-RPC peers, as errors that know their JSON-RPC code."""

from collections.abc import Mapping

from trigate.core.errors import BadRequest, ExchangeStopped, Forbidden, GatewayError, NotFound, UpstreamFailed

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
HEADER_MISMATCH = -32020
MISSING_CAPABILITY = -32021
UNSUPPORTED_VERSION = -32022
URL_REQUIRED = -32042
"""What 2025-11-25 answers when the user must open a page before the call can be made (elicitation: URL mode)."""
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


class BadArguments(Fault):
    """A tool's arguments are not as its schema demands, and the server was not called.

    Callers that know such results are told so in the tool's result, where a model can read and mend it.
    """

    code = "mcp.bad_arguments"


class HeldBack(Forbidden):
    """A tool, prompt or resource is not what was approved, or nobody approved of it: an operator has to look first."""

    code = "mcp.held_back"


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


class BadStructure(ServerFailed):
    """A tool's structured result is not as its own schema says."""

    code = "mcp.bad_structure"


class ServerBusy(ServerFailed):
    """As many calls to a tool server are under way, and wait, as its settings allow."""

    code = "mcp.server_busy"


class ServerResting(ServerFailed):
    """A tool server has failed again and again, and is left alone for a while."""

    code = "mcp.server_resting"


class ResultTooLarge(ServerFailed):
    """A result is larger than its server's settings allow."""

    code = "mcp.result_too_large"


class NotSpoken(ServerFailed):
    """A tool server's answer is no JSON-RPC message."""

    code = "mcp.not_spoken"


class MissingCapability(BadRequest):
    """The caller would have to be asked what it has not declared that it can be asked."""

    code = "mcp.missing_capability"

    def __init__(self, message: str, required: Mapping[str, object]) -> None:
        super().__init__(message)
        self.required = required
        """What is missing, as the capabilities of a client are declared."""


class InputRequired(GatewayError):
    """The call has ended with questions; the caller sends it again with its answers."""

    code = "mcp.input_required"
    status = 200
    blame = "caller"

    def __init__(self, requests: Mapping[str, object], state: str) -> None:
        super().__init__("the caller is asked for input")
        self.requests = requests
        """The questions by key, each with method and params."""
        self.state = state
        """What the caller sends back unread."""


class QuestionFailed(BadRequest):
    """The caller answered a question that was asked on behalf of its call with an error."""

    code = "mcp.question_failed"


class InteractionLost(ExchangeStopped):
    """Answers came for a call that no longer waits for them; it is not begun anew, since it may have had effects."""

    code = "mcp.interaction_lost"
