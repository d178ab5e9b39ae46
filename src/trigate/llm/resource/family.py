"""What tells the files and batches of one API from those of another."""

from msgspec import Raw, Struct

from trigate.core.parts import Headers
from trigate.core.query import parameters
from trigate.core.request import Request
from trigate.llm.error import InvalidParameter
from trigate.llm.resource.kept import Object, write
from trigate.llm.resource.register import Page


class Family(Struct, frozen=True):
    """One API."""

    name: str
    dialect: str
    """Of its errors."""
    files: str
    """The operation by which providers are asked for the path of files; also the kind of what is kept."""
    batches: str
    status: str
    """The member of a batch that says how far it is."""
    ended: frozenset[str]
    """What it says when nothing more will come."""
    most: int
    """Files on a page."""
    most_batches: int
    """Batches on a page."""
    usual: int
    """Objects on a page if the caller does not say."""
    sniffing: Headers
    """Fields that keep browsers from making something else of a file."""


NO_SNIFFING: Headers = [(b"x-content-type-options", b"nosniff")]
OPENAI = Family(
    name="openai",
    dialect="openai_chat",
    files="openai_files",
    batches="openai_batches",
    status="status",
    ended=frozenset({"completed", "failed", "expired", "cancelled"}),
    most=10_000,
    most_batches=100,
    usual=20,
    sniffing=NO_SNIFFING,
)
ANTHROPIC = Family(
    name="anthropic",
    dialect="anthropic_messages",
    files="anthropic_files",
    batches="anthropic_batches",
    status="processing_status",
    ended=frozenset({"ended"}),
    most=1000,
    most_batches=1000,
    usual=20,
    sniffing=NO_SNIFFING,
)

FAMILIES = {each.batches: each for each in (OPENAI, ANTHROPIC)}
"""By the kind of their batches."""


class Span(Struct, frozen=True):
    """The part of a list that is asked for."""

    page: Page
    backwards: bool = False
    """The page before the cursor rather than the one behind it."""


def read_span(family: Family, request: Request, kind: str) -> Span:
    """What the query says; raises InvalidParameter."""
    query = request.query
    limit = _limit(family.most_batches if kind == family.batches else family.most, family.usual, query)
    before, after = _text(query, b"before_id"), _text(query, b"after_id") or _text(query, b"after")
    if before:
        return Span(Page(limit + 1, before, ascending=True), backwards=True)
    return Span(Page(limit + 1, after, ascending=_text(query, b"order") == "asc"))


def write_list(family: Family, span: Span, objects: list[tuple[str, Raw]]) -> bytes:
    """The page of a list; `objects` by their ids, one more than the page has if there are more."""
    limit = span.page.limit - 1
    more, shown = len(objects) > limit, objects[:limit]
    if span.backwards:
        shown.reverse()
    found: dict[str, object] = {
        "data": [raw for _, raw in shown],
        "has_more": more,
        "first_id": shown[0][0] if shown else None,
        "last_id": shown[-1][0] if shown else None,
    }
    return write({"object": "list", **found} if family is OPENAI else found)


def deleted(family: Family, kind: str, id: str) -> Object:
    """What says that something is gone."""
    if family is OPENAI:
        said: dict[str, object] = {"id": id, "object": kind, "deleted": True}
    else:
        said = {"id": id, "type": f"{'message_' if kind == 'batch' else ''}{kind}_deleted"}
    return {name: Raw(write(value)) for name, value in said.items()}


def _limit(most: int, usual: int, query: bytes) -> int:
    said = _text(query, b"limit")
    if not said:
        return usual
    if not said.isascii() or not said.isdigit() or len(said) > 6 or not 1 <= int(said) <= most:
        raise InvalidParameter(f"`limit` must be a number from 1 to {most}", "limit")
    return int(said)


def _text(query: bytes, name: bytes) -> str:
    found = parameters(query, name)
    return found[0].decode(errors="replace") if found else ""
