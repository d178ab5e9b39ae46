"""Everything that can stop an exchange, as a tree that knows whose fault it is and whether to retry.

GatewayError                          status  blame
├── BadConfig                         -       operator
├── BadRequest                        400     caller
│   ├── PayloadTooLarge               413     caller
│   ├── HeadTooLarge                  431     caller
│   │   └── TargetTooLong             414     caller
│   ├── RequestTimeout                408     caller
│   ├── NotAcceptable                 406     caller
│   ├── UnsupportedMediaType          415     caller
│   ├── LoopDetected                  508     caller
│   ├── AnswerUnbounded               400     caller
│   └── Unsupported                   501     caller
├── Unauthenticated                   401     caller
├── Forbidden                         403     caller
│   ├── InsufficientScope             403     caller
│   ├── ContentBlocked                403     caller
│   ├── ApprovalPending               403     caller
│   └── ApprovalDenied                403     caller
├── NotFound                          404     caller
│   └── UnknownName                   404     caller
├── NameConflict                      409     caller
├── MethodNotAllowed                  405     caller
├── LimitReached                      429     caller
│   ├── RateReached                   429     caller
│   ├── TokensReached                 429     caller
│   ├── ConcurrencyReached            429     caller
│   └── BudgetReached                 429     caller
├── PriceUnknown                      403     caller
├── LimitsUnavailable                 503     gateway
├── UpstreamFailed                    502     upstream
│   ├── UpstreamUnreachable           502     upstream
│   ├── UpstreamTimeout               504     upstream
│   ├── UpstreamProtocolError         502     upstream
│   ├── UpstreamRefused               502     upstream
│   ├── CredentialFailed              502     operator
│   └── EgressDenied                  502     operator
├── StreamBroken                      502     upstream
├── IdentityUnavailable               503     upstream
├── StoreUnavailable                  503     gateway
├── VaultSealed                       503     operator
├── Overloaded                        503     gateway
├── ExchangeStopped                   503     gateway
└── InternalError                     500     gateway
"""

from typing import ClassVar, Literal

Blame = Literal["caller", "upstream", "gateway", "operator"]


class GatewayError(Exception):
    """Stops a call; `message` is safe to show to the caller and says what to do."""

    code: ClassVar[str] = "gateway.error"
    """Stable, dotted, documented; what logs, metrics and callers match on."""
    status: ClassVar[int] = 500
    """HTTP status where the caller's protocol has one."""
    blame: ClassVar[Blame] = "gateway"
    retryable: bool = False
    """Whether another target may be tried while nothing has been committed to the caller."""
    fault: str = ""
    """What kind of failure of an upstream it was, in the words of the lane; empty if its class says it all."""

    def __init__(
        self, message: str, *, retry_after: float | None = None, headers: tuple[tuple[bytes, bytes], ...] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after = retry_after
        """Seconds after which the same request may succeed, if known."""
        self.headers = headers
        """Answer headers this error demands, such as `www-authenticate` or `allow`."""


class BadConfig(GatewayError):
    """The configuration cannot be used as it is."""

    code = "config.invalid"
    blame = "operator"


class BadRequest(GatewayError):
    """The request is malformed or ambiguous."""

    code = "request.invalid"
    status = 400
    blame = "caller"


class PayloadTooLarge(BadRequest):
    """The body is larger than the route allows."""

    code = "request.too_large"
    status = 413


class HeadTooLarge(BadRequest):
    """The request line or the header fields are larger than allowed."""

    code = "request.head_too_large"
    status = 431


class TargetTooLong(HeadTooLarge):
    """The request target is longer than allowed (RFC 9112 §3)."""

    code = "request.target_too_long"
    status = 414


class RequestTimeout(BadRequest):
    """The caller took too long to send its request."""

    code = "request.timeout"
    status = 408


class NotAcceptable(BadRequest):
    """The caller accepts none of the media types this address answers with."""

    code = "request.not_acceptable"
    status = 406


class UnsupportedMediaType(BadRequest):
    """The body's media type or coding is not one this address reads."""

    code = "request.unsupported_media_type"
    status = 415


class LoopDetected(BadRequest):
    """The request has already passed this gateway (RFC 9110 §7.6.3)."""

    code = "request.loop"
    status = 508


class AnswerUnbounded(BadRequest):
    """A limit demands that the ask bounds its answer, and this one does not."""

    code = "request.unbounded"


class Unsupported(BadRequest):
    """The request asks for something this gateway does not do."""

    code = "request.unsupported"
    status = 501


class Unauthenticated(GatewayError):
    """No credential, or none that is valid."""

    code = "auth.invalid"
    status = 401
    blame = "caller"
    final: bool = False
    """No other proof is asked for: what was shown is the gateway's own, and meant for nobody else."""


class Forbidden(GatewayError):
    """The caller is known, and may not do this."""

    code = "access.denied"
    status = 403
    blame = "caller"


class InsufficientScope(Forbidden):
    """The token does not open this; the client can ask its user for one that does."""

    code = "access.scope"

    def __init__(self, message: str, scope: str) -> None:
        super().__init__(message)
        self.scope = scope
        """What the token must be for, beside what it is for already."""


class ContentBlocked(Forbidden):
    """A guardrail refused the ask or the answer."""

    code = "guardrail.blocked"


class ApprovalPending(Forbidden):
    """The call waits for a person's approval; nothing was done, and the same call may be made again later."""

    code = "approval.pending"

    def __init__(self, message: str, approval: str, retry_after: float) -> None:
        super().__init__(message, retry_after=retry_after)
        self.approval = approval
        """The id under which operators find it."""


class ApprovalDenied(Forbidden):
    """A person was asked to approve the call, and did not."""

    code = "approval.denied"

    def __init__(self, message: str, approval: str = "") -> None:
        super().__init__(message)
        self.approval = approval
        """The id under which operators find it, empty if none of them was asked."""


class NotFound(GatewayError):
    """Nothing is configured at this address or under this name."""

    code = "route.not_found"
    status = 404
    blame = "caller"


class UnknownName(NotFound):
    """The store holds nothing of this name, or nothing that the asker may see."""

    code = "store.not_found"


class NameConflict(GatewayError):
    """The store holds something that stands in the way: the name is taken, or others depend on what is to go."""

    code = "store.conflict"
    status = 409
    blame = "caller"


class MethodNotAllowed(GatewayError):
    """The address exists, but not with this method."""

    code = "route.method_not_allowed"
    status = 405
    blame = "caller"


class LimitReached(GatewayError):
    """A limit has no room for this call; the message names it and says when it resets."""

    code = "limit.reached"
    status = 429
    blame = "caller"


class RateReached(LimitReached):
    """Too many requests, tool calls or bytes in the window of a limit."""

    code = "limit.rate"


class TokensReached(LimitReached):
    """Too many tokens in the window of a limit."""

    code = "limit.tokens"


class ConcurrencyReached(LimitReached):
    """Too many calls at the same time, and no place or time left to wait for one to end."""

    code = "limit.concurrency"


class BudgetReached(LimitReached):
    """The money, or what else a budget counts, is used up."""

    code = "limit.budget"


class PriceUnknown(GatewayError):
    """A limit counts money, and the price of this target is not known."""

    code = "limit.price_unknown"
    status = 403
    blame = "caller"
    retryable = True


class LimitsUnavailable(GatewayError):
    """What limits have counted cannot be read at the moment, and they refuse rather than guess."""

    code = "limit.unavailable"
    status = 503


class UpstreamFailed(GatewayError):
    """The upstream could not answer; `retryable` while nothing was committed."""

    code = "upstream.failed"
    status = 502
    blame = "upstream"
    retryable = True


class UpstreamUnreachable(UpstreamFailed):
    """No connection to the upstream could be made."""

    code = "upstream.unreachable"


class UpstreamTimeout(UpstreamFailed):
    """The upstream took longer than the deadline of a phase."""

    code = "upstream.timeout"
    status = 504
    phase: str = ""
    """The phase that took too long, as the setting of its deadline is called; empty if nobody tells."""


class UpstreamProtocolError(UpstreamFailed):
    """The upstream sent something that is not valid in its protocol."""

    code = "upstream.protocol"


class UpstreamRefused(UpstreamFailed):
    """The upstream answered that it will not serve this request."""

    code = "upstream.refused"


class CredentialFailed(UpstreamFailed):
    """The gateway could not get what it must show the upstream: a token endpoint refused it."""

    code = "upstream.credential"
    blame = "operator"


class EgressDenied(UpstreamFailed):
    """The address lies where the gateway must not connect to."""

    code = "egress.denied"
    blame = "operator"
    retryable = False


class StreamBroken(GatewayError):
    """The upstream broke off after part of the answer was sent on."""

    code = "upstream.stream_broken"
    status = 502
    blame = "upstream"


class IdentityUnavailable(GatewayError):
    """Whoever must be asked about the caller's credential does not answer."""

    code = "auth.unavailable"
    status = 503
    blame = "upstream"


class StoreUnavailable(GatewayError):
    """What is needed from the store cannot be had at the moment."""

    code = "store.unavailable"
    status = 503


class VaultSealed(GatewayError):
    """Secrets cannot be read: the master key is not the one they were sealed with."""

    code = "vault.sealed"
    status = 503
    blame = "operator"


class Overloaded(GatewayError):
    """The gateway has no room for this request at the moment."""

    code = "gateway.overloaded"
    status = 503


class ExchangeStopped(GatewayError):
    """The gateway ended the exchange: a deadline, a drain, or an operator's order."""

    code = "gateway.stopped"
    status = 503


class InternalError(GatewayError):
    """A fault of the gateway itself; the caller sees an id, never the text."""

    code = "gateway.internal"


def overdue(phase: str, message: str) -> UpstreamTimeout:
    """The error of a phase that took too long."""
    error = UpstreamTimeout(message)
    error.phase = phase
    return error
