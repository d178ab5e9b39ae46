"""What the tests of Bedrock's dialect share: asks read and written, and JSON of any kind."""

from typing import Any

from hypothesis import strategies as st

from trigate.llm.chat_dialect import Manners
from trigate.llm.conversation import Conversation, Part, Turn
from trigate.llm.dialects.bedrock_converse.dialect import DIALECT
from trigate.llm.loss import Losses

MANNERS = Manners(model="anthropic.claude-opus-4-8-v1:0")
UNKNOWN = st.text("abcdefgh", min_size=1, max_size=5).map(lambda name: f"future{name.title()}")
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


def read(body: dict[str, Any], *, streamed: bool = False) -> Conversation:
    """An ask of a Bedrock caller."""
    return DIALECT.read_ask(body, "the-model", streamed=streamed)


def write(conversation: Conversation, model: str = MANNERS.model) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """What Bedrock gets, and what was lost: names and fates."""
    losses = Losses()
    body = DIALECT.write_ask(conversation, Manners(model=model), losses)
    return body, [(each.field, each.fate) for each in losses.found()]


def asked(*turns: Turn, dialect: str = "openai_chat", **members: Any) -> Conversation:
    """An ask that came in another dialect."""
    return Conversation(dialect=dialect, model="the-model", turns=list(turns), **members)


def said(*parts: Part, role: Any = "user") -> Turn:
    """What somebody says."""
    return Turn(role, list(parts))
