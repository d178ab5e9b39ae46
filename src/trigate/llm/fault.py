"""What kind of failure an attempt met, and whose it is: key, model, provider, caller or the gateway's own."""

import re
from typing import Literal

from trigate.core.errors import (
    BadRequest,
    CredentialFailed,
    EgressDenied,
    GatewayError,
    LimitReached,
    Overloaded,
    PriceUnknown,
    StreamBroken,
    UpstreamFailed,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from trigate.llm.error import NotOffered, NotPortable
from trigate.llm.reply import Failure

Fault = Literal[
    "rate_limit",
    "quota",
    "key",
    "server",
    "overloaded",
    "timeout",
    "connect",
    "context_window",
    "content_policy",
    "model",
    "bad_request",
    "limit",
    "gateway",
]
"""`quota`: the account behind the key has no credit. `key`: it is not accepted. `server`: the provider failed, or said
what nobody understands. `model`: there is no such model, or it cannot do what is asked. `limit`: one of the gateway's
own stands in the way. `gateway`: anything else of its own."""
Culprit = Literal["key", "model", "provider", "caller", "gateway"]

CULPRITS: dict[Fault, Culprit] = {
    "rate_limit": "key",
    "quota": "key",
    "key": "key",
    "server": "model",
    "overloaded": "model",
    "timeout": "model",
    "model": "model",
    "connect": "provider",
    "context_window": "caller",
    "content_policy": "caller",
    "bad_request": "caller",
    "limit": "caller",
    "gateway": "gateway",
}
"""Whose failure each is; `model` is that of one provider."""
PASSING: frozenset[Fault] = frozenset(
    {"rate_limit", "quota", "key", "server", "overloaded", "timeout", "connect", "context_window", "model", "limit"}
)
"""After these another target is worth trying, unless the configuration says otherwise: the ask itself is not wrong."""
NONE: frozenset[Fault] = frozenset()
ALL = frozenset(CULPRITS)
"""Every failure: of an attempt whose refusal nobody must take for an answer."""

_BY_STATUS: dict[int, Fault] = {
    401: "key",
    402: "quota",
    403: "key",
    408: "timeout",
    409: "server",
    413: "context_window",
    424: "server",
    425: "server",
    429: "rate_limit",
    498: "overloaded",  # Groq: no capacity on its flex tier
    499: "server",
    501: "model",
    503: "overloaded",
    504: "timeout",
    529: "overloaded",  # Anthropic
}
_BY_CODE: dict[str, Fault] = {
    "context_length_exceeded": "context_window",
    "exceed_context_size_error": "context_window",  # llama.cpp
    "request_too_large": "context_window",
    "content_filter": "content_policy",  # Azure
    "content_policy_violation": "content_policy",
    "moderation_blocked": "content_policy",
    "invalid_prompt": "content_policy",  # OpenAI's reasoning models
    "data_inspection_failed": "content_policy",  # Alibaba
    "DataInspectionFailed": "content_policy",
    "insufficient_quota": "quota",
    "billing_hard_limit_reached": "quota",
    "billing_not_active": "quota",
    "billing_error": "quota",
    "insufficient_balance": "quota",
    "rate_limit_exceeded": "rate_limit",
    "rate_limit_error": "rate_limit",
    "RESOURCE_EXHAUSTED": "rate_limit",
    "ThrottlingException": "rate_limit",
    "throttlingException": "rate_limit",
    "ServiceQuotaExceededException": "rate_limit",
    "overloaded_error": "overloaded",
    "UNAVAILABLE": "overloaded",
    "ServiceUnavailableException": "overloaded",
    "serviceUnavailableException": "overloaded",
    "ModelNotReadyException": "overloaded",
    "DEADLINE_EXCEEDED": "timeout",
    "ModelTimeoutException": "timeout",
    "timeout_error": "timeout",
    "model_not_found": "model",
    "ResourceNotFoundException": "model",
}
_TOO_LONG = re.compile(
    r"maximum (?:context|prompt|model|content) length|context (?:length|window|limit|size)|prompt is too long"
    r"|input (?:is too long|token count|tokens? exceed)|too many (?:input )?tokens|number of input tokens"
    r"|tokens? \+ `?max_new_tokens|exceeds? (?:the )?(?:max(?:imum)? )?(?:allowed )?(?:token|content length)",
    re.IGNORECASE,
).search
_BLOCKED = re.compile(
    r"content (?:filter|policy|management policy|violates|exists risk)|usage (?:policy|guidelines)|flagged"
    r"|blocked (?:by|output)|safety system",
    re.IGNORECASE,
).search
_NO_MODEL = re.compile(r"\bmodels?\b", re.IGNORECASE).search
_BROKE = ("Your credit balance is too low", "You exceeded your current quota, please check your plan and billing")
_BAD_KEY = ("API key not valid", "API Key not found", "API key expired", "Incorrect API key")
"""How messages begin whose status is that of a bad request, or of too many. The beginning only, for a message may quote
what the caller wrote, and no caller shall be able to accuse a key."""


def read_fault(status: int, code: str = "", message: str = "") -> Fault:
    """The kind of a provider's refusal, by its status and what it calls the error; raises nothing."""
    if status in (400, 403, 413, 422, 429) or status < 400:
        found = _read_words(status, code, message)
        if found is not None:
            return found
    if status == 404:
        return "model" if code in _BY_CODE or _NO_MODEL(message) else "bad_request"
    if 300 <= status < 400:
        return "server"  # no API does this
    return _BY_STATUS.get(status) or ("server" if status >= 500 else "bad_request")


def read_failure(failure: Failure) -> Fault:
    """The kind of an error that a provider tells of inside a stream."""
    return _read_words(400, failure.code, failure.message) or read_fault(failure.status, failure.code, failure.message)


def _read_words(status: int, code: str, message: str) -> Fault | None:
    known = _BY_CODE.get(code)
    if known is not None and (known != "rate_limit" or status != 403):
        return "quota" if known == "rate_limit" and message.startswith(_BROKE) else known
    if message.startswith(_BROKE):
        return "quota"
    if message.startswith(_BAD_KEY):
        return "key"
    if status != 429 and _TOO_LONG(message):
        return "context_window"
    return "content_policy" if status != 429 and _BLOCKED(message) else None


def fault_of(error: GatewayError) -> Fault:
    """The kind of failure that ended an attempt: as whoever raised it says, else by its class."""
    if error.fault:
        return error.fault  # type: ignore[return-value] - of this lane, whose words these are
    for kind, fault in _BY_CLASS:
        if isinstance(error, kind):
            return fault
    return "gateway"


_BY_CLASS: tuple[tuple[type[GatewayError] | tuple[type[GatewayError], ...], Fault], ...] = (
    (UpstreamTimeout, "timeout"),
    (UpstreamUnreachable, "connect"),
    (CredentialFailed, "key"),
    (EgressDenied, "gateway"),
    ((UpstreamFailed, StreamBroken), "server"),
    ((NotOffered, NotPortable), "model"),
    ((LimitReached, PriceUnknown), "limit"),
    (Overloaded, "overloaded"),
    (BadRequest, "bad_request"),
)


def blamed(error: GatewayError, fault: Fault) -> GatewayError:
    """The error, with the kind of failure it tells of."""
    error.fault = fault
    return error
