"""Errors as JSON-RPC says them: the HTTP status of the head, and the code of the message."""

from collections.abc import Sequence

from msgspec import Raw

from trigate.core.errors import ApprovalDenied, ApprovalPending, GatewayError, Unauthenticated
from trigate.core.exchange import Exchange
from trigate.core.parts import Data, Head, Headers, Part
from trigate.core.problem import error_headers
from trigate.mcp.ask import Ask, Batch
from trigate.mcp.conversion import input_required, result
from trigate.mcp.envelope import encode, error_message, result_message
from trigate.mcp.events import event
from trigate.mcp.fault import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    METHOD_NOT_FOUND,
    MISSING_CAPABILITY,
    OLD_RESOURCE_NOT_FOUND,
    BadArguments,
    Fault,
    InputRequired,
    InteractionLost,
    MissingCapability,
    QuestionFailed,
    UnknownMethod,
)
from trigate.mcp.version import Era
from trigate.outbound.connection_needed import ConnectionNeeded

_MENDING = "2025-11-25"
"""Since this revision a model reads what is wrong with its arguments (tools: error handling)."""
_MODERN_STATUS = {METHOD_NOT_FOUND: 404}
_ANSWERS = frozenset({METHOD_NOT_FOUND, INVALID_PARAMS, OLD_RESOURCE_NOT_FOUND})
"""Codes that the older protocol gives in the message alone, with HTTP 200."""


def parts(exchange: Exchange, error: GatewayError, committed: bool) -> Sequence[Part]:
    """A whole answer, or the end of a stream of events that has begun."""
    ask: Ask | Batch | None = exchange.ask
    id, era = (ask.id, ask.era) if ask is not None else (b"", "legacy")
    told = result_text(ask, error) if type(ask) is Ask else None
    body = told or text(id, era, error)
    if committed:
        return [Data(event(body))]
    headers: Headers = [(b"content-type", b"application/json"), *error_headers(error)]
    if isinstance(error, Unauthenticated) and all(name != b"www-authenticate" for name, _ in headers):
        headers.append((b"www-authenticate", b"Bearer"))
    return [Head(200 if told else status(id, era, error), headers), Data(body)]


def result_text(ask: Ask, error: GatewayError) -> bytes | None:
    """The response in which an error is told as a result; None if it is told as what it is."""
    if isinstance(error, InputRequired):
        return result_message(ask.id, input_required(error.requests, error.state))
    if ask.name != "tools/call" or not _is_for_models(ask, error):
        return None
    found = {"content": Raw(encode([{"type": "text", "text": error.message}])), "isError": Raw(b"true")}
    return result_message(ask.id, result(ask, found))


def _is_for_models(ask: Ask, error: GatewayError) -> bool:
    """Whether a model that reads of it may do better."""
    if isinstance(error, BadArguments):
        return ask.version >= _MENDING
    if isinstance(error, MissingCapability):
        return ask.era == "legacy"
    return isinstance(error, ConnectionNeeded | QuestionFailed | InteractionLost)


def status(id: bytes, era: Era, error: GatewayError) -> int:
    """The HTTP status of an error.

    What went wrong behind the gateway is the answer to a message that was understood: 200, as for every other such
    answer, because clients and proxies take a 5xx for the failure of the whole connection, and send the call again.
    """
    if error.blame != "caller" or isinstance(error, ApprovalPending | ApprovalDenied | ConnectionNeeded):
        # Clients take a 403 for a token that lacks a scope, and begin to log in anew.
        return 200 if id else error.status
    if era == "modern":
        return _MODERN_STATUS.get(number(error), error.status)
    if id and number(error) in _ANSWERS:
        return 200
    return error.status


def text(id: bytes, era: Era, error: GatewayError) -> bytes:
    """The message."""
    if isinstance(error, Fault):
        return error_message(id, error.number, error.message, error.data)
    if isinstance(error, MissingCapability) and era == "modern":
        data = {"requiredCapabilities": error.required}
        return error_message(id, MISSING_CAPABILITY, error.message, data)
    return error_message(id, number(error), error.message, _data(error))


def _data(error: GatewayError) -> dict[str, object]:
    data: dict[str, object] = {"code": error.code}
    if isinstance(error, ApprovalPending | ApprovalDenied) and error.approval:
        data["approval"] = error.approval
    if isinstance(error, ApprovalPending):
        data["retryAfter"] = error.retry_after
    return data


def number(error: GatewayError) -> int:
    """The JSON-RPC code.

    Codes of the protocol where it has one; else, for what the caller can mend, the HTTP status, which lies outside the
    range that JSON-RPC reserves.
    """
    if isinstance(error, Fault):
        return error.number
    if isinstance(error, UnknownMethod):
        return METHOD_NOT_FOUND
    return error.status if error.blame == "caller" else INTERNAL_ERROR


def no_resource(ask: Ask) -> Fault:
    """Nobody lists this resource."""
    code = INVALID_PARAMS if ask.era == "modern" else OLD_RESOURCE_NOT_FOUND
    return Fault(code, f"no server lists resource {ask.subject[:200]}", {"uri": ask.subject[:200]})
