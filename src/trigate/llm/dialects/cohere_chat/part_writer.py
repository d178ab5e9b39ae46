"""The parts of a message's content, written."""

from typing import Any

from trigate.llm.conversation import File, Image, Media, Opaque, Part, Refusal, Text, Thought, ToolCall
from trigate.llm.dialects.cohere_chat.document import write_document
from trigate.llm.dialects.cohere_chat.draft import Draft
from trigate.llm.dialects.cohere_chat.word import HOME
from trigate.llm.signature import carry

Written = dict[str, Any]
_DETAILS = frozenset({"auto", "low", "high"})


def write_part(draft: Draft, part: Part) -> Written | None:
    """One part; None if the dialect has nothing like it, or tells it elsewhere."""
    if part.cache is not None:
        draft.drop("part", "cache")
    if draft.own and isinstance(part, File):
        return _write_own_document(draft, part)
    written = _write(draft, part)
    return None if written is None else merge(written, draft.kept("part", part.extra))


def merge(written: Written, extra: Written) -> Written:
    """With members that were left over, also in objects inside of it."""
    for name, value in extra.items():
        inner = written.get(name)
        if type(inner) is dict and type(value) is dict:
            written[name] = {**inner, **value}
        else:
            written[name] = value
    return written


def _write(draft: Draft, part: Part) -> Written | None:
    match part:
        case Text() | Refusal():
            return {"type": "text", "text": part.text} if part.text or draft.own else None
        case Thought():
            return _write_thought(draft, part)
        case Image():
            return _write_image(draft, part)
        case File():
            return _write_file(draft, part)
        case Opaque() if draft.own:
            return part.value
        case _:
            kind: str = getattr(part, "kind", type(part).__name__.lower())
            draft.drop("part", kind)
    return None


def _write_thought(draft: Draft, thought: Thought) -> Written | None:
    """What another maker has signed is for its own models alone."""
    if draft.own:
        return thought_object(thought)
    if thought.signature:
        draft.drop("thought", why=f"a thought signed by {thought.maker}")
        return None
    return {"type": "thinking", "thinking": thought.text}


def thought_object(thought: Thought) -> Written:
    """A thought with its signature, which clients send back as they send back any member."""
    written = {"type": "thinking", "thinking": thought.text}
    if thought.signature:
        written["signature"] = carry(thought.signature, thought.maker, HOME)
    return written


def call_object(call: ToolCall, arguments: str) -> Written:
    """A call with its signature."""
    written: Written = {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": arguments},
    }
    if call.signature:
        written["signature"] = carry(call.signature, call.maker, HOME)
    return written


def data_url(media: Media, mime: str) -> str:
    """An address that holds the bytes themselves, or tells where they are."""
    return f"data:{media.mime or mime};base64,{media.data}" if media.data else media.url


def _write_image(draft: Draft, image: Image) -> Written | None:
    url = data_url(image.media, "image/png")
    if not url and not draft.own:
        draft.drop("part", "image", "the image is kept at another provider")
        return None
    inner = {"url": url}
    if image.detail in _DETAILS or (image.detail and draft.own):
        inner["detail"] = image.detail
    elif image.detail:
        draft.degrade("part", f"high stands for {image.detail}", "detail")
        inner["detail"] = "high"
    return {"type": "image_url", "image_url": inner}


def _write_file(draft: Draft, file: File) -> Written | None:
    if not file.text:
        draft.drop("part", "document")
    elif file.cited:
        draft.documents.append(write_document(file, own=False))
    else:
        if file.name or file.context:
            draft.drop("part", "title")
        draft.degrade("part", "a text", "document")
        return {"type": "text", "text": file.text}
    return None


def _write_own_document(draft: Draft, file: File) -> Written | None:
    """As it was read, where it stood: beside the messages, or in one."""
    if file.form.get("grounds"):
        draft.documents.append(write_document(file, own=True))
        return None
    extra = file.extra.get("document", {})
    document = File(media=file.media, text=file.text, name=file.name, form=file.form, extra=extra)
    rest = {name: value for name, value in file.extra.items() if name != "document"}
    return {"type": "document", "document": write_document(document, own=True), **rest}
