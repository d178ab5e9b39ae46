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
│   └── Unsupported                   501     caller
├── Unauthenticated                   401     caller
├── Forbidden                         403     caller
│   └── ContentBlocked                403     caller
├── NotFound                          404     caller
├── MethodNotAllowed                  405     caller
├── UpstreamFailed                    502     upstream
│   ├── UpstreamUnreachable           502     upstream
│   ├── UpstreamTimeout               504     upstream
│   ├── UpstreamProtocolError         502     upstream
│   ├── UpstreamRefused               502     upstream
│   └── EgressDenied                  502     operator
├── StreamBroken                      502     upstream
├── IdentityUnavailable               503     upstream
├── StoreUnavailable                  503     gateway
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


class Unsupported(BadRequest):
    """The request asks for something this gateway does not do."""

    code = "request.unsupported"
    status = 501


class Unauthenticated(GatewayError):
    """No credential, or none that is valid."""

    code = "auth.invalid"
    status = 401
    blame = "caller"


class Forbidden(GatewayError):
    """The caller is known, and may not do this."""

    code = "access.denied"
    status = 403
    blame = "caller"


class ContentBlocked(Forbidden):
    """A guardrail refused the ask or the answer."""

    code = "guardrail.blocked"


class NotFound(GatewayError):
    """Nothing is configured at this address or under this name."""

    code = "route.not_found"
    status = 404
    blame = "caller"


class MethodNotAllowed(GatewayError):
    """The address exists, but not with this method."""

    code = "route.method_not_allowed"
    status = 405
    blame = "caller"


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


class UpstreamProtocolError(UpstreamFailed):
    """The upstream sent something that is not valid in its protocol."""

    code = "upstream.protocol"


class UpstreamRefused(UpstreamFailed):
    """The upstream answered that it will not serve this request."""

    code = "upstream.refused"


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
