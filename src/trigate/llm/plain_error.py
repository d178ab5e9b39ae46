"""Answers of success that are none: an error in the body, a page for people, half an object."""

import msgspec
from msgspec import Raw

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.chat_dialect import ChatDialect
from trigate.llm.error import ProviderRefused
from trigate.llm.fault import blamed, read_fault
from trigate.llm.meter import Meter
from trigate.llm.refusal import EXCERPT, Refuser
from trigate.outbound.secrecy import strike

_ANSWERS = frozenset({"choices", "output", "content", "candidates", "promptFeedback", "data", "results"})
"""Members of which every answer has one, whatever else it says."""
_decode = msgspec.json.Decoder(dict[str, Raw]).decode
_number = msgspec.json.Decoder(int, strict=False).decode
_UNSAID = frozenset({b"null", b"false", b'""', b"{}", b"[]"})


def check_answer(meter: Meter, site: Refuser, spoken: ChatDialect, body: bytes) -> None:
    """Raises ProviderRefused if a whole answer to a chat, which tells no usage, is an error in truth, and
    UpstreamProtocolError if it is nothing at all.

    What is an error in truth costs nothing; half an answer may have cost what a whole one does.
    """
    try:
        members = _decode(body)
    except (msgspec.DecodeError, RecursionError):
        if not body.lstrip().startswith(b"{"):
            meter.refused()
        raise UpstreamProtocolError(f"provider {site.name!r} answered with something that is no JSON object") from None
    if _ANSWERS.isdisjoint(members) and _says_error(members):
        meter.refused()
        raise _refusal(site, spoken, members, strike(body, site.secrets))


def _says_error(members: dict[str, Raw]) -> bool:
    if "error" in members:
        return bytes(members["error"]) not in _UNSAID
    return bytes(members.get("message", b"")).startswith(b'"')


def _refusal(site: Refuser, spoken: ChatDialect, members: dict[str, Raw], body: bytes) -> Exception:
    status = _told_decode(members)
    refused = spoken.read_refused(status, body)
    message = f"provider {site.name!r} answered with an error: {refused.message[:EXCERPT]}"
    fault = read_fault(status, refused.code, refused.message)
    return blamed(ProviderRefused(message, status, refused.code), fault)


def _told_decode(members: dict[str, Raw]) -> int:
    """The status that the error would have had, as OpenRouter and others tell it in `code`; 502 if it does not say."""
    try:
        error = _decode(members.get("error", b""))
        status = _number(error.get("code", error.get("status", b"")))
    except msgspec.DecodeError:
        return 502
    return status if 400 <= status < 600 else 502
