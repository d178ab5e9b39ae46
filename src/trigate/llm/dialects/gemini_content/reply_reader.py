"""A whole answer of Gemini's, read into the middle form."""

from typing import Any

import msgspec

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.conversation import Part, Text, Thought, ToolCall
from trigate.llm.dialects.gemini_content.ground import GROUNDING, RECITATION, read_grounding, read_recitation
from trigate.llm.dialects.gemini_content.logprob import read_logprobs
from trigate.llm.dialects.gemini_content.part_reader import NAME, SIGNATURE, Calls, read_part
from trigate.llm.dialects.gemini_content.seal import unseal
from trigate.llm.dialects.gemini_content.spelling import read_below, read_list, read_node
from trigate.llm.dialects.gemini_content.stop import read_stop, write_stop
from trigate.llm.dialects.gemini_content.tally import read_tally, with_searches
from trigate.llm.fresh import fresh_id
from trigate.llm.node import Node, blame_provider
from trigate.llm.reply import Choice, Reply

_decode = msgspec.json.Decoder().decode


def decode(body: bytes) -> Any:
    """A provider's JSON; raises UpstreamProtocolError."""
    try:
        return _decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise UpstreamProtocolError("the provider's answer is no JSON") from error


def read_reply(body: bytes) -> Reply:
    """The whole answer; raises UpstreamProtocolError."""
    node = read_node(decode(body), blame_provider)
    error = node.object("error")
    if error is not None:
        raise UpstreamProtocolError(f"the provider answered with an error: {error.get('message')}")
    choices = [_choice(each, place) for place, each in enumerate(read_list(node, "candidates", blame_provider))]
    if not choices:
        choices = [refused(node)]
    usage = node.take("usageMetadata")
    return Reply(
        dialect=NAME,
        id=node.text("responseId") or fresh_id("resp_"),
        model=node.text("modelVersion"),
        choices=choices,
        tally=with_searches(read_tally(usage), body) if usage is not None else None,
        extra=node.rest(),
    )


def refused(node: Node) -> Choice:
    """The choice of an answer that has none, since the ask was blocked; raises if nothing says so."""
    feedback = node.rest().get("promptFeedback")
    if not isinstance(feedback, dict):
        raise UpstreamProtocolError("the provider's answer has neither candidates nor a reason for that")
    return Choice(parts=[], stop="filter")


def _choice(node: Node, place: int) -> Choice:
    node.take("index")
    content = read_below(node, "content", blame_provider)
    written = read_list(content, "parts", blame_provider) if content is not None else []
    calls = Calls()
    places: list[int] = []
    parts: list[Part] = []
    for each in written:
        places.append(len(parts))
        parts += open_part(read_part(each, blame_provider, calls))
    reason = node.text("finishReason")
    stop = read_stop(reason, called=any(isinstance(each, ToolCall) for each in parts))
    _cite(node, parts, places)
    result = node.take("logprobsResult")
    logprobs = read_logprobs(result) if result is not None else None
    extra = node.rest() if write_stop(stop) == reason else node.rest() | ({"finishReason": reason} if reason else {})
    return Choice(parts=parts, stop=stop, logprobs=logprobs, extra=extra)


def open_part(part: Part) -> list[Part]:
    """A part of an answer: what a text is signed with becomes a part of its own, and calls get identifiers."""
    if isinstance(part, ToolCall) and "id" in part.form:
        part.id = fresh_id("call_")
    signature = part.extra.get(SIGNATURE)
    if isinstance(part, Text) and isinstance(signature, str):
        del part.extra[SIGNATURE]
        plain, maker, _ = unseal(signature)
        return [part, Thought(signature=plain, maker=maker, redacted=True)]
    return [part]


def _cite(node: Node, parts: list[Part], places: list[int]) -> None:
    """Give the texts their sources; `places` are those of the parts that the provider counts."""
    metadata = node.take(GROUNDING)
    if metadata is not None:
        grounding = read_grounding(metadata)
        texts = {count: part.text for count, place in enumerate(places) if isinstance(part := parts[place], Text)}
        for count, citation in grounding.citations(texts):
            part = parts[places[count]]
            if isinstance(part, Text):
                part.citations.append(citation)
        if grounding.rest or not texts:
            node.rest()[GROUNDING] = grounding.rest
    recited = node.take(RECITATION)
    text = next((each for each in reversed(parts) if isinstance(each, Text)), None)
    if recited is not None and text is not None:
        text.citations += read_recitation(recited)
