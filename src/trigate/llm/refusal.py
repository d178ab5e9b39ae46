"""What is made of an upstream's refusal: another target's turn, the upstream's own words, or an operator's fault."""

from typing import Protocol

import msgspec

from trigate.core.errors import GatewayError, UpstreamFailed, UpstreamProtocolError, UpstreamRefused
from trigate.core.parts import Data, Head, Headers, Part, field
from trigate.core.stream import Sink
from trigate.llm.chat_dialect import ChatDialect
from trigate.llm.envelope import event
from trigate.llm.error import ProviderRefused
from trigate.llm.header import from_provider
from trigate.outbound.answer import Answer
from trigate.outbound.secrecy import strike

LONGEST = 2**20
"""Most bytes of a refusal that are passed on."""
EXCERPT = 500
"""Characters quoted of a refusal."""
_FORMS = frozenset({"error", "message", "__type"})


class Refuser(Protocol):
    """The provider that refused."""

    name: str

    @property
    def secrets(self) -> tuple[bytes, ...]: ...


async def refuse(
    site: Refuser, answer: Answer, sink: Sink, spoken: ChatDialect, wanted: ChatDialect, *, last: bool
) -> Part:
    """Pass on an answer that is no success; raises UpstreamFailed for another target's turn, or if none may see it.

    What is `spoken` there is told as the caller wants it.
    """
    head = answer.head
    if head.status in (401, 403):
        raise UpstreamRefused(f"provider {site.name!r} does not accept the gateway's own credential; tell the operator")
    if head.status < 400:
        raise UpstreamProtocolError(f"provider {site.name!r} answered {head.status}, which an API never does")
    if is_passing(head.status) and not last and not sink.committed:
        raise UpstreamFailed(f"provider {site.name!r} answered {head.status}", retry_after=_retry_after(head.headers))
    body = await _read(site, answer)
    error = _explained(site, head.status, body, spoken)
    own = spoken is wanted and _speaks_for_itself(body)
    if sink.committed:
        return Data(event(body) if own and wanted.name == "openai_chat" else wanted.write_failure(error))
    if not own:
        body = wanted.write_error(error)
    headers = [each for each in from_provider(head.headers) if each[0] != b"content-type"]
    sink.begin(Head(head.status, [(b"content-type", b"application/json"), *headers]))
    return Data(body)


def is_passing(status: int) -> bool:
    """Whether a refusal has to do with this provider at this moment, not with the ask."""
    return status >= 500 or status in (408, 409, 425, 429)


async def _read(site: Refuser, answer: Answer) -> bytes:
    """The refusal without the gateway's secrets, which some servers quote; empty if it cannot be read."""
    try:
        body = await answer.read(LONGEST)
    except GatewayError:
        return b""
    return strike(body, site.secrets)


def _explained(site: Refuser, status: int, body: bytes, spoken: ChatDialect) -> ProviderRefused:
    """What the provider said, as an error."""
    refused = spoken.read_refused(status, body)
    quoted = f": {refused.message[:EXCERPT]}" if refused.message and body.lstrip().startswith((b"{", b"[")) else ""
    return ProviderRefused(f"provider {site.name!r} answered {status}{quoted}", status, refused.code)


def _speaks_for_itself(body: bytes) -> bool:
    """Whether a body has the form of an error in any dialect."""
    try:
        members = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, RecursionError):
        return False
    return not _FORMS.isdisjoint(members)


def _retry_after(headers: Headers) -> float | None:
    value = field(headers, b"retry-after") or b""
    return float(value) if value.isdigit() and len(value) < 8 else None
