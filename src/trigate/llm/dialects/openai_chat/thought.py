"""Thoughts as they travel in `reasoning_details`, the custom of OpenRouter: text or summary, signature, who made it."""

from typing import Any

from trigate.llm.conversation import Opaque, Part, Thought
from trigate.llm.dialects.openai_chat.word import FORMATS, MAKERS, NAME
from trigate.llm.node import Node

Detail = dict[str, Any]

_TEXTS = {"reasoning.text": "text", "reasoning.summary": "summary"}
"""The member that holds the text, by type."""
ENCRYPTED = "reasoning.encrypted"


def read_details(nodes: list[Node]) -> list[Part]:
    """The thoughts of a message; a text and the encrypted thought of the same `id` are one."""
    parts: list[Part] = []
    for place, node in enumerate(nodes):
        part = _read_detail(node)
        before = parts[-1] if parts else None
        if isinstance(part, Thought):
            part.form["place"] = place
            if isinstance(before, Thought) and _belong(before, part):
                _join(before, part)
                continue
        parts.append(part)
    return parts


def maker_of(form: str) -> str:
    """Who made the signature of an item of this `format`."""
    return MAKERS.get(form, form or "unknown")


def format_of(maker: str) -> Detail:
    """The reverse, as a member; none for what nobody has signed, or not yet: clients keep the first they see."""
    return {"format": FORMATS.get(maker, maker)} if maker else {}


def write_details(thought: Thought, index: int, *, own: bool) -> list[Detail]:
    """The items of a thought, whose running number is `index`; `own` ones as they were read."""
    if thought.redacted:
        return [_write(thought, ENCRYPTED, {"data": thought.signature}, index, own=own)]
    split = thought.form.get("encrypted")
    if split is None and (thought.maker != "openai" or own):
        return [_write(thought, _kind(thought), _said(thought, signed=True), index, own=own)]
    items = [_write(thought, _kind(thought), _said(thought, signed=False), index, own=own)] if _told(thought) else []
    if thought.signature:
        items.append(_write(thought, ENCRYPTED, {"data": thought.signature}, index, own=own, form=split))
    return items


def _told(thought: Thought) -> bool:
    return bool(thought.text or not thought.signature)


def _read_detail(node: Node) -> Part:
    kind = node.need_text("type")
    if kind not in _TEXTS and kind != ENCRYPTED:
        return Opaque(dialect=NAME, kind=kind, value={"type": kind, **node.rest()}, form={"detail": True})
    thought = Thought(id=node.text("id"), summarised=kind == "reasoning.summary")
    if kind == ENCRYPTED:
        thought.signature = node.need_text("data")
        thought.redacted = True
    else:
        thought.text = node.text(_TEXTS[kind])
        thought.signature = node.text("signature")
    form = node.text("format")
    if form:
        thought.form["format"] = form
    if thought.signature:
        thought.maker = maker_of(form)
    if (index := node.take("index")) is not None:
        thought.form["index"] = index
    thought.extra = node.rest()
    return thought


def _belong(told: Thought, encrypted: Thought) -> bool:
    return bool(encrypted.redacted and encrypted.id and told.id == encrypted.id and not told.signature)


def _join(told: Thought, encrypted: Thought) -> None:
    told.signature, told.maker = encrypted.signature, encrypted.maker
    told.form["encrypted"] = {**encrypted.form, "extra": encrypted.extra}


def _kind(thought: Thought) -> str:
    return "reasoning.summary" if thought.summarised else "reasoning.text"


def _said(thought: Thought, *, signed: bool) -> Detail:
    item = {_TEXTS[_kind(thought)]: thought.text}
    if signed and thought.signature:
        item["signature"] = thought.signature
    return item


def _write(
    thought: Thought, kind: str, item: Detail, index: int, *, own: bool, form: dict[str, Any] | None = None
) -> Detail:
    written: Detail = {"type": kind, **item}
    if thought.id:
        written["id"] = thought.id
    if not own:
        return {**written, **format_of(thought.maker), "index": index}
    form, extra = (thought.form, thought.extra) if form is None else (form, form.get("extra", {}))
    return {**written, **{name: form[name] for name in ("format", "index") if name in form}, **extra}
