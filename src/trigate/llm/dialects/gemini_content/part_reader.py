"""One part of Gemini's contents, of an ask or of an answer, read into the middle form."""

import re
from typing import Any

import msgspec

from trigate.llm.conversation import Audio, File, Image, Media, Opaque, Part, Text, Thought, ToolCall, ToolResult, Video
from trigate.llm.dialects.gemini_content.seal import unseal
from trigate.llm.dialects.gemini_content.spelling import read_below, read_list
from trigate.llm.node import Fault, Node

NAME = "gemini_content"
SIGNATURE = "thoughtSignature"
_KEPT = re.compile(r"gs://|https://generativelanguage\.googleapis\.com/|files/")
"""Addresses of what is kept at Google."""
_FILMS = re.compile(r"https?://(www\.)?(youtube\.com|youtu\.be)/")
_PLAIN = str.maketrans("-_", "+/")
_KINDS = ("text", "inlineData", "fileData", "functionCall", "functionResponse")


class Calls:
    """The calls of one body, so that results find theirs where nobody gave them identifiers."""

    __slots__ = ("_count", "_open")

    def __init__(self) -> None:
        self._count = 0
        self._open: list[tuple[str, str]] = []

    def begin(self, name: str, said: str) -> str:
        """The identifier of a call."""
        call = said or self._draw()
        self._open.append((call, name))
        return call

    def end(self, name: str, said: str) -> str:
        """The identifier of the call that a result belongs to: the oldest open one of the name."""
        for place, (call, called) in enumerate(self._open):
            if call == said or (not said and called == name):
                del self._open[place]
                return call
        return said or self._draw()

    def _draw(self) -> str:
        self._count += 1
        return f"tg_call_{self._count}"


def read_part(node: Node, fault: Fault, calls: Calls) -> Part:
    """A part; what is of no known kind stays as it is."""
    rest = node.rest()
    kind = next((each for each in _KINDS if rest.get(each) is not None), "")
    if kind == "text":
        return _text(node)
    if kind == "functionCall":
        return _call(node, fault, calls)
    if kind == "functionResponse":
        return _result(node, fault, calls)
    if kind:
        return _media(node, kind, fault)
    return Opaque(dialect=NAME, kind=next(iter(rest), ""), value=rest)


def _text(node: Node) -> Part:
    text = node.need_text("text")
    if node.rest().get("thought") is True:
        node.take("thought")
        signature, maker, redacted = unseal(node.text(SIGNATURE))
        return Thought(text=text, signature=signature, maker=maker, redacted=redacted, extra=node.rest())
    if not text and node.rest().get(SIGNATURE) is not None:
        signature, maker, _ = unseal(node.text(SIGNATURE))
        return Thought(signature=signature, maker=maker, redacted=True, extra=node.rest())
    return Text(text=text, extra=node.rest())


def _call(node: Node, fault: Fault, calls: Calls) -> Part:
    call = read_below(node, "functionCall", fault) or node
    name, said, args = call.need_text("name"), call.text("id"), call.object("args")
    signature, maker, _ = unseal(node.text(SIGNATURE))
    form: dict[str, Any] = {} if said else {"id": None}
    if args is None:
        form["args"] = None
    return ToolCall(
        id=calls.begin(name, said),
        name=name,
        arguments=msgspec.json.encode(args or {}).decode(),
        signature=signature,
        maker=maker,
        extra=_with(node.rest(), "functionCall", call.rest()),
        form=form,
    )


def _result(node: Node, fault: Fault, calls: Calls) -> Part:
    result = read_below(node, "functionResponse", fault) or node
    name, said, response = result.need_text("name"), result.text("id"), result.object("response")
    text, failed = read_response(response or {})
    parts: list[Part] = [Text(text=text)] if text is not None else []
    parts += [read_part(each, fault, calls) for each in read_list(result, "parts", fault)]
    form: dict[str, Any] = {} if said else {"id": None}
    if response is None:
        form["response"] = None
    extra = _with(node.rest(), "functionResponse", result.rest())
    return ToolResult(call=calls.end(name, said), name=name, parts=parts, failed=failed, extra=extra, form=form)


def _with(rest: dict[str, Any], name: str, below: dict[str, Any]) -> dict[str, Any]:
    return rest | {name: below} if below else rest


def read_response(response: dict[str, Any]) -> tuple[str | None, bool]:
    """What a function said, and whether it failed.

    Google's words are `output` and `error`; an object without them is the output as a whole. A text that
    `write_response` would take for an object stays wrapped.
    """
    if not response:
        return None, False
    if len(response) == 1:
        (name, value), *_ = response.items()
        if name in {"output", "error"} and type(value) is str and write_response(value, name == "error") == response:
            return value, name == "error"
    whole = msgspec.json.encode(response).decode()
    return whole, False


def write_response(text: str, failed: bool) -> dict[str, Any]:
    """The reverse of `read_response`."""
    if text.startswith("{"):
        try:
            found = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):
            found = None
        if type(found) is dict and (not failed or "error" in found):
            return found  # pyright: ignore[reportUnknownVariableType] - JSON
    return {"error" if failed else "output": text}


def _media(node: Node, kind: str, fault: Fault) -> Part:
    held = read_below(node, kind, fault) or node
    mime = held.text("mimeType")
    form: dict[str, Any] = {}
    if kind == "inlineData":
        said = held.need_text("data")
        media = Media(data=plain_base64(said), mime=mime)
        if media.data is not said:
            form["data"] = said
    else:
        address = held.need_text("fileUri")
        media = Media(file=address, mime=mime) if _KEPT.match(address) else Media(url=address, mime=mime)
        mime = mime or ("video/" if _FILMS.match(address) else "")
    name = held.text("displayName") if not mime.startswith(("image/", "audio/", "video/")) else ""
    extra = _with(node.rest(), kind, held.rest())
    if mime.startswith("image/"):
        return Image(media=media, extra=extra, form=form)
    if mime.startswith("audio/"):
        return Audio(media=media, extra=extra, form=form)
    if mime.startswith("video/"):
        return Video(media=media, extra=extra, form=form)
    return File(media=media, name=name, extra=extra, form=form)


def plain_base64(said: str) -> str:
    """Base64 as every other provider writes it.

    Google's SDKs send the alphabet for addresses, and Google takes it with and without padding (ProtoJSON, bytes).
    """
    if "-" in said or "_" in said:
        said = said.translate(_PLAIN)
    return said + "=" * (-len(said) % 4) if len(said) % 4 else said
