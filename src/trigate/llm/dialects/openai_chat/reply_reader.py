"""A provider's whole answer, read."""

from typing import Any, cast

import msgspec

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.conversation import Audio, Extra, Image, Media, Opaque, Part, Refusal, Text, Thought, ToolCall
from trigate.llm.dialects.openai_chat.citation import read_annotations
from trigate.llm.dialects.openai_chat.part_reader import nest, read_part
from trigate.llm.dialects.openai_chat.tally import tally_of
from trigate.llm.dialects.openai_chat.turn_reader import read_call, read_thoughts, sign_call
from trigate.llm.dialects.openai_chat.word import NAME, STOPS
from trigate.llm.node import Node, blame_provider
from trigate.llm.provider_error import tell_error
from trigate.llm.reply import Choice, Reply, Stop
from trigate.llm.token_count import read_report

_decode = msgspec.json.Decoder().decode


def read_reply(body: bytes) -> Reply:
    """Raises UpstreamProtocolError, also for an error that comes as an answer."""
    node = Node(_parse(body), blame_provider)
    check_error(node.take("error"))
    choices = [read_choice(each) for each in node.nodes("choices")]
    if not choices:
        node.refuse("choices", "a list of at least one choice")
    node.take("object")
    node.take("usage")
    created = node.number("created")
    report = read_report(body)
    reply = Reply(
        dialect=NAME,
        id=node.text("id"),
        model=node.text("model"),
        choices=choices,
        created=int(created) if created is not None and 0 < created < 2**53 else 0,
        tally=tally_of(report) if report is not None else None,
    )
    reply.extra = node.rest()
    return reply


def check_error(error: Any) -> None:
    """Some providers answer 200 and tell of an error."""
    if error is not None:
        raise UpstreamProtocolError(f"the provider answered with an error: {tell_error(error).message}")


def _parse(body: bytes) -> Any:
    try:
        return _decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise UpstreamProtocolError(f"the provider's answer is no JSON: {error}") from None


def read_choice(node: Node) -> Choice:
    """One answer."""
    check_error(node.take("error"))
    message = node.node("message")
    if message is None:
        node.refuse("message", "an object")
    extra: Extra = {}
    parts = _read_message(message, extra)
    finish, met = node.text("finish_reason"), node.take("stop_reason")
    kinds = {type(each) for each in parts}
    stop = stop_of(finish, called=ToolCall in kinds, refused=Refusal in kinds)
    choice = Choice(parts=parts, stop=stop, logprobs=node.object("logprobs"))
    if stop == "end" and type(met) is str and met:
        choice.stop, choice.sequence = "sequence", met
    node.take("index")
    if extra or message.rest():
        choice.extra["message"] = {**extra, **message.rest()}
    choice.extra.update(node.rest())
    return choice


def stop_of(finish: str, *, called: bool, refused: bool) -> Stop:
    """Why an answer ended; some servers say `stop` whatever they did."""
    stop = STOPS.get(finish.lower(), "other")
    if stop == "end" and called:
        return "tool"
    return "refusal" if stop == "end" and refused else stop


def _read_message(node: Node, extra: Extra) -> list[Part]:
    node.take("role")
    thoughts = read_thoughts(node, {}, extra)
    words = _read_content(node)
    annotations = read_annotations(node)
    text = next((each for each in words if isinstance(each, Text)), None)
    if text is not None:
        text.citations = annotations
    words += _read_images(node)
    if refusal := node.text("refusal"):
        words.append(Refusal(text=refusal))
    words += _read_audio(node)
    calls = [_read_call(each) for each in node.nodes("tool_calls")] + _read_function_call(node)
    signed = {call.id: call for call in calls}
    return [each for each in thoughts if not sign_call(each, signed)] + words + calls


def _read_content(node: Node) -> list[Part]:
    """A text, or a list of parts as Mistral's thinking models write it."""
    content = node.rest().get("content")
    if content is None or type(content) is str:
        text = node.text("content")
        return [Text(text=text)] if text else []
    parts: list[Part] = []
    for each in node.nodes("content"):
        parts += _read_thinking(each) if each.rest().get("type") == "thinking" else [read_part(each)]
    return parts


def _read_thinking(node: Node) -> list[Part]:
    texts = [each.text("text") for each in node.nodes("thinking")]
    return [Thought(text="".join(texts))]


def _read_images(node: Node) -> list[Part]:
    """Pictures that the model made, as OpenRouter tells of them."""
    if type(node.rest().get("images")) is not list:
        return []
    parts = [read_part(each) for each in node.nodes("images")]
    return [each for each in parts if isinstance(each, Image | Opaque)]


def _read_audio(node: Node) -> list[Part]:
    inner = node.node("audio")
    if inner is None:
        return []
    media = Media(file=inner.text("id"), data=inner.text("data"))
    return [Audio(media=media, transcript=inner.text("transcript"), extra=inner.rest())]


def _read_call(node: Node) -> ToolCall:
    """Some servers write the arguments as an object."""
    node.take("index")
    inner: Any = node.rest().get("function")
    arguments = cast("dict[str, Any]", inner).get("arguments") if isinstance(inner, dict) else None
    if isinstance(arguments, dict):
        written = {**cast("dict[str, Any]", inner), "arguments": msgspec.json.encode(arguments).decode()}
        node = Node({**node.rest(), "function": written}, blame_provider, node.path)
    return read_call(node)


def _read_function_call(node: Node) -> list[ToolCall]:
    inner = node.node("function_call")
    if inner is None:
        return []
    call = ToolCall(id="", name=inner.need_text("name"), arguments=inner.text("arguments") or "{}")
    nest(call.extra, "function_call", inner)
    return [call]
