"""What a model thought: an item with a summary in several pieces, the thoughts themselves, or both encrypted.

Each piece is a thought of its own; those of one item stand together, the first is marked as such, the last is signed.
"""

from collections.abc import Sequence
from typing import Any

from trigate.llm.conversation import Extra, Thought
from trigate.llm.dialects.openai_responses.nesting import flatten
from trigate.llm.node import Fault, Node
from trigate.llm.signature import carry, read_carried

MAKER = "openai"
CALL = "call."
"""Before the name of a maker: what is signed is the tool's call that follows, not a thought."""
HEAD = "head"
"""In `form`: an item begins here, and these are its members that mean nothing elsewhere."""
_KINDS = {"summary": "summary_text", "content": "reasoning_text"}


def read_reasoning(value: dict[str, Any], fault: Fault, path: str) -> list[Thought]:
    """The thoughts of one item; at least one, even if it says nothing that can be read."""
    node = Node(value, fault, path)
    node.take("type")
    id, sealed = node.text("id"), node.text("encrypted_content")
    signature, maker = read_carried(sealed, MAKER)
    head: Extra = {}
    thoughts = _pieces(node, "summary", head, fault) + _pieces(node, "content", head, fault)
    if (status := node.take("status")) is not None:
        head["status"] = status
    thoughts = thoughts or [Thought(redacted=bool(sealed))]
    for thought in thoughts:
        thought.id, thought.maker = id, maker
    first = thoughts[0]
    first.form, first.extra = {HEAD: head}, {**first.extra, **node.rest()}
    thoughts[-1].signature = signature
    return thoughts


def _pieces(node: Node, member: str, head: Extra, fault: Fault) -> list[Thought]:
    """A thought for each piece of the summary, or of the content."""
    if node.rest().get(member) == [] and member == "content":
        head[member] = []
    values = node.items(member)
    return [_piece(Node(each, fault, f"{node.under(member)}[{place}]"), member) for place, each in enumerate(values)]


def _piece(node: Node, member: str) -> Thought:
    text, kind = node.text("text"), node.text("type")
    rest = node.rest() if kind == _KINDS[member] else {"type": kind, **node.rest()}
    return Thought(text=text, summarised=member == "summary", extra=flatten(member, rest))


def items_of(thoughts: Sequence[Thought]) -> list[list[Thought]]:
    """Thoughts that stand together, by the items that they are to be."""
    items: list[list[Thought]] = []
    for thought in thoughts:
        last = items[-1][-1] if items else None
        if last is None or last.signature or HEAD in thought.form or thought.id != last.id:
            items.append([])
        items[-1].append(thought)
    return items


def write_reasoning(thoughts: Sequence[Thought], id: str, *, verbatim: bool) -> dict[str, Any]:
    """One item; `id` if it has none of its own.

    Clients show summaries: only with `verbatim` is a thought itself told as such.
    """
    first, last = thoughts[0], thoughts[-1]
    item: dict[str, Any] = {"type": "reasoning", "id": first.id or id, "summary": []}
    if not item["id"]:
        del item["id"]
    for thought in thoughts:
        _write_piece(item, thought, verbatim=verbatim)
    if last.signature:
        item["encrypted_content"] = carry(last.signature, last.maker, MAKER)
    item.update(first.form.get(HEAD, {}))
    item.update({name: value for name, value in first.extra.items() if not _is_piece(name)} if verbatim else {})
    return item


def _write_piece(item: dict[str, Any], thought: Thought, *, verbatim: bool) -> None:
    if not thought.text and not any(map(_is_piece, thought.extra)) and not thought.summarised:
        return
    member = "summary" if thought.summarised or not verbatim else "content"
    piece = {"type": _KINDS[member], "text": thought.text}
    if verbatim:
        piece.update({name.partition(".")[2]: value for name, value in thought.extra.items() if _is_piece(name)})
    item.setdefault(member, []).append(piece)


def _is_piece(name: str) -> bool:
    return name.startswith(("summary.", "content."))
