"""What is made of an upstream's refusal: another target's turn, the upstream's own words, or an operator's fault."""

from typing import Protocol

import msgspec
from msgspec import Struct

from trigate.core.errors import GatewayError, UpstreamProtocolError, UpstreamRefused
from trigate.core.parts import Data, Head, Part
from trigate.core.stream import Sink
from trigate.llm.chat_dialect import ChatDialect, Refused
from trigate.llm.envelope import event
from trigate.llm.error import ProviderRefused
from trigate.llm.fault import Fault, blamed, fault_of, read_fault
from trigate.llm.header import from_provider
from trigate.llm.retry_after import read_retry_after
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


class Refusal(Struct):
    """What a provider said instead of an answer."""

    error: GatewayError
    """As one of ours; its `fault` is the kind."""
    head: Head
    body: bytes
    """Without secrets; empty if nobody may see it."""

    @property
    def fault(self) -> Fault:
        """Its kind."""
        return fault_of(self.error)


async def read_refusal(site: Refuser, answer: Answer, spoken: ChatDialect, yields: frozenset[Fault]) -> Refusal:
    """Understand an answer that is no success, in the dialect `spoken` there.

    The body is not waited for where the status alone says that another target's turn has come (`yields`).
    """
    head = answer.head
    status, fault = head.status, read_fault(head.status)
    body = b"" if status >= 500 and fault in yields else await _read(site, answer)
    refused = spoken.read_refused(status, body)
    if body:
        fault = read_fault(status, refused.code, refused.message)
    error = _error(site, status, fault, refused, body)
    error.retry_after = read_retry_after(head.headers, body)
    return Refusal(blamed(error, fault), head, body)


def pass_on(refusal: Refusal, sink: Sink, spoken: ChatDialect, wanted: ChatDialect) -> Part:
    """Tell the caller of it, as it is `wanted`; raises what the caller must not see the provider's words of."""
    error, head, body = refusal.error, refusal.head, refusal.body
    if not isinstance(error, ProviderRefused):
        raise error
    own = spoken is wanted and _speaks_for_itself(body)
    if sink.committed:
        return Data(event(body) if own and wanted.name == "openai_chat" else wanted.write_failure(error))
    if not own:
        body = wanted.write_error(error)
    headers = [each for each in from_provider(head.headers) if each[0] != b"content-type"]
    fields = wanted.error_fields(head.status)
    sink.begin(Head(head.status, [(b"content-type", b"application/json"), *fields, *headers]))
    return Data(body)


async def _read(site: Refuser, answer: Answer) -> bytes:
    """The refusal without the gateway's secrets, which some servers quote; empty if it cannot be read."""
    try:
        body = await answer.read(LONGEST)
    except GatewayError:
        return b""
    return strike(body, site.secrets)


def _error(site: Refuser, status: int, fault: Fault, refused: Refused, body: bytes) -> GatewayError:
    """What the provider said, as an error; of the gateway's own standing there a caller learns nothing."""
    if status < 400:
        return UpstreamProtocolError(f"provider {site.name!r} answered {status}, which an API never does")
    if fault in {"key", "quota"} and status != 429:
        why = "does not accept the gateway's own credential" if fault == "key" else "gives the gateway no more credit"
        return UpstreamRefused(f"provider {site.name!r} {why}; tell the operator")
    quoted = f": {refused.message[:EXCERPT]}" if refused.message and body.lstrip().startswith((b"{", b"[")) else ""
    return ProviderRefused(f"provider {site.name!r} answered {status}{quoted}", status, refused.code)


def _speaks_for_itself(body: bytes) -> bool:
    """Whether a body has the form of an error in any dialect."""
    try:
        members = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, RecursionError):
        return False
    return not _FORMS.isdisjoint(members)
