"""Within the dialect nothing is lost, whatever is asked, value for value."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.llm.dialects.anthropic_messages.scene import ask, read, through, write
from trigate.llm.conversation import File, Text

JSONS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(-1e9, 1e9) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=3,
)
UNKNOWN = st.dictionaries(st.text(max_size=4).map(lambda name: f"future_{name}"), JSONS, max_size=2)


def thing(needed: dict[str, Any], more: dict[str, Any] | None = None) -> st.SearchStrategy[dict[str, Any]]:
    """An object with these members, some of those, and some that nobody knows."""
    fixed = {name: each if isinstance(each, st.SearchStrategy) else st.just(each) for name, each in needed.items()}
    optional: dict[str, st.SearchStrategy[Any]] = {"cache_control": MARK} if "type" in needed else {}
    known = st.fixed_dictionaries(fixed, optional={**optional, **(more or {})})
    return st.tuples(known, UNKNOWN).map(lambda pair: {**pair[1], **pair[0]})


WORD = st.text(max_size=8)
SOME = st.text(min_size=1, max_size=8)
FLAG = st.booleans() | st.none()
MARK = st.none() | st.tuples(
    st.fixed_dictionaries({"type": st.just("ephemeral")}, optional={"ttl": st.sampled_from(["5m", "1h", None])}),
    UNKNOWN,
).map(lambda pair: {**pair[1], **pair[0]})
CITATION = st.fixed_dictionaries(
    {"type": st.just("char_location"), "cited_text": WORD, "document_index": st.integers(0, 5)},
    optional={"future_x": JSONS, "start_char_index": st.integers(0, 9)},
).flatmap(lambda each: st.sampled_from([{**each, "document_title": "T"}, {**each, "document_title": None}]))
TEXT = thing({"type": "text", "text": WORD}, {"citations": st.none() | st.lists(CITATION, max_size=2)})
SOURCE = st.one_of(
    st.fixed_dictionaries({"type": st.just("base64"), "media_type": WORD, "data": SOME}, optional={"future": JSONS}),
    st.fixed_dictionaries({"type": st.just("url"), "url": SOME}, optional={"future": JSONS}),
    st.fixed_dictionaries({"type": st.just("file"), "file_id": SOME}, optional={"future": JSONS}),
    st.fixed_dictionaries({"type": st.just("future_source")}, optional={"future": JSONS}),
)
PLAIN = st.fixed_dictionaries(
    {"type": st.just("text"), "media_type": st.just("text/plain"), "data": WORD}, optional={"future": JSONS}
)
LISTED = st.fixed_dictionaries({"type": st.just("content"), "content": WORD | st.lists(TEXT, max_size=2)})
IMAGE = thing({"type": "image", "source": SOURCE}, {"transformations": JSONS})
DOCUMENT = thing(
    {"type": "document", "source": SOURCE | PLAIN | LISTED},
    {
        "title": WORD | st.none(),
        "context": WORD | st.none(),
        "citations": st.none() | st.fixed_dictionaries({}, optional={"enabled": FLAG, "future": JSONS}),
    },
)
FOUND = thing({"type": "search_result", "source": WORD, "title": WORD, "content": st.lists(TEXT, max_size=2)})
NEW = thing({"type": "future_block"}, {"data": JSONS})
RESULT = thing(
    {"type": "tool_result", "tool_use_id": WORD},
    {"content": st.none() | WORD | st.lists(TEXT | IMAGE | DOCUMENT | FOUND | NEW, max_size=3), "is_error": FLAG},
)
CALL = thing({"type": "tool_use", "id": WORD, "name": WORD, "input": st.dictionaries(WORD, JSONS, max_size=3)})
SIGNATURE = st.text(min_size=1).filter(lambda each: not each.startswith("tg~"))
THOUGHT = thing({"type": "thinking", "thinking": WORD, "signature": st.just("") | SIGNATURE})
HIDDEN = thing({"type": "redacted_thinking", "data": SIGNATURE})
MESSAGE = st.one_of(
    thing({"role": "user", "content": WORD | st.lists(TEXT | IMAGE | DOCUMENT | FOUND | RESULT | NEW, max_size=4)}),
    thing({"role": "assistant", "content": WORD | st.lists(TEXT | CALL | THOUGHT | HIDDEN | NEW, max_size=4)}),
    thing({"role": "system", "content": WORD | st.lists(TEXT, max_size=2)}),
)
TOOL = st.one_of(
    thing(
        {"name": WORD, "input_schema": st.dictionaries(WORD, JSONS, max_size=2)},
        {"type": st.just("custom") | st.none(), "description": WORD, "strict": FLAG, "cache_control": MARK},
    ),
    thing({"type": "bash_20250124", "name": "bash"}),
)
CHOICE = st.one_of(
    thing({"type": st.sampled_from(["auto", "any", "none"])}, {"disable_parallel_tool_use": FLAG}),
    thing({"type": "tool", "name": WORD}, {"disable_parallel_tool_use": FLAG}),
).map(lambda each: {name: value for name, value in each.items() if name != "cache_control"})
THINKING = st.fixed_dictionaries(
    {"type": st.sampled_from(["enabled", "adaptive", "disabled", "between_tools"])},
    optional={"budget_tokens": st.integers(0, 9999), "display": st.sampled_from(["summarized", "omitted", "x", None])},
)
CONFIG = st.fixed_dictionaries(
    {},
    optional={
        "effort": st.sampled_from(["low", "max", "future"]) | st.none(),
        "format": st.fixed_dictionaries(
            {"type": st.just("json_schema"), "schema": st.dictionaries(WORD, JSONS, max_size=2)}, optional={"f": JSONS}
        ),
        "task_budget": JSONS,
    },
)
MEMBERS = {
    "system": WORD | st.lists(TEXT, max_size=2),
    "tools": st.lists(TOOL, max_size=3),
    "tool_choice": CHOICE,
    "thinking": THINKING,
    "output_config": CONFIG,
    "metadata": st.fixed_dictionaries({}, optional={"user_id": WORD | st.none(), "future": JSONS}),
    "temperature": st.floats(0, 1) | st.integers(0, 1) | st.none(),
    "top_p": st.floats(0, 1),
    "top_k": st.integers(0, 99),
    "stop_sequences": st.lists(WORD, max_size=2) | st.none(),
    "service_tier": st.sampled_from(["auto", "standard_only"]),
    "stream": FLAG,
    "container": JSONS,
    "cache_control": MARK,
}


@settings(max_examples=40, deadline=None)
@given(
    st.lists(MESSAGE, max_size=2),
    st.fixed_dictionaries({"max_tokens": st.integers(0, 9999)}, optional=MEMBERS),
    UNKNOWN,
)
def test_an_ask_comes_through_value_for_value(messages: Any, members: Any, unknown: Any) -> None:
    body = {**unknown, **ask(), **members, "messages": messages}
    assert through(body) == (body, [])


def test_what_a_guard_has_made_of_a_document_is_what_goes_out() -> None:
    found = {"type": "search_result", "source": "s", "title": "t", "content": [{"type": "text", "text": "secret"}]}
    listed = {"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "secret"}]}}
    conversation = read(ask({"role": "user", "content": [found, listed]}))
    for part in conversation.turns[0].parts:
        assert isinstance(part, File)
        part.text = "•••"
    body, _ = write(conversation)
    assert "secret" not in str(body)
    assert str(body).count("•••") == 2


def test_what_a_guard_has_made_of_a_text_is_what_goes_out() -> None:
    conversation = read(ask({"role": "user", "content": "secret"}, system="secret"))
    for turn in conversation.turns:
        turn.parts = [Text(text="•••")]
    body, _ = write(conversation)
    assert (body["system"], body["messages"][0]["content"]) == ("•••", "•••")


def test_a_thought_that_another_maker_signed_is_not_sent() -> None:
    blocks = [
        {"type": "thinking", "thinking": "a", "signature": "tg~openai~gAAA"},
        {"type": "redacted_thinking", "data": "tg~google~Zz"},
        {"type": "thinking", "thinking": "b", "signature": "Eabc"},
    ]
    body, losses = through(ask({"role": "assistant", "content": blocks}))
    assert body["messages"][0]["content"] == blocks[2:]
    assert losses == [
        ("messages.content.thinking", "dropped", "signed by openai"),
        ("messages.content.thinking", "dropped", "signed by google"),
    ]


def test_claude_gets_no_thought_that_nobody_signed() -> None:
    thought = {"type": "thinking", "thinking": "a", "signature": ""}
    body = ask({"role": "assistant", "content": [thought, {"type": "text", "text": "b"}]})
    assert through(body)[0]["messages"][0]["content"][0] == thought
    written, losses = through(body, "claude-opus-4-8")
    assert written["messages"][0]["content"] == [{"type": "text", "text": "b"}]
    assert losses == [("messages.content.thinking", "dropped", "not signed")]
