"""What the tests of Cohere's chat share: asks read and written, and JSON of any kind."""

from typing import Any

from hypothesis import strategies as st

from trigate.llm.chat_dialect import Manners
from trigate.llm.conversation import Conversation, Part, Turn
from trigate.llm.dialects.cohere_chat.dialect import DIALECT
from trigate.llm.dialects.cohere_chat.draft import Draft
from trigate.llm.loss import Losses
from trigate.llm.node import Node, blame_caller

UNKNOWN = st.text("abcdefgh", min_size=1, max_size=5).map(lambda name: f"future_{name}")
SCALAR = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
)
JSON = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FUTURE = st.dictionaries(UNKNOWN, JSON, max_size=2)


def read(*messages: dict[str, Any], streamed: bool = False, **members: Any) -> Conversation:
    """An ask of a caller of this dialect."""
    told = list(messages) or [{"role": "user", "content": "Hi"}]
    return DIALECT.read_ask({"model": "m", "messages": told, **members}, "m", streamed=streamed)


def write(conversation: Conversation, *quirks: str, **manners: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """What the provider gets, and what was lost: names and fates."""
    losses = Losses()
    body = DIALECT.write_ask(conversation, Manners(model="m", quirks=frozenset(quirks), **manners), losses)
    return body, [(each.field, each.fate) for each in losses.found()]


def asked(*turns: Turn, dialect: str = "anthropic_messages", **members: Any) -> Conversation:
    """An ask that came in another dialect."""
    return Conversation(dialect=dialect, model="m", turns=list(turns), **members)


def said(*parts: Part, role: Any = "user") -> Turn:
    """What somebody says."""
    return Turn(role, list(parts))


def draft(*quirks: str, dialect: str = "anthropic_messages") -> Draft:
    """Work on an ask of another dialect."""
    return Draft(asked(dialect=dialect), Manners(model="m", quirks=frozenset(quirks)), Losses())


def node(value: Any) -> Node:
    """An object of a caller's."""
    return Node(value, blame_caller)


def lost(work: Draft) -> list[tuple[str, str]]:
    """Names and fates."""
    return [(each.field, each.fate) for each in work.losses.found()]
