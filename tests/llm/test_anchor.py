"""What asks have in common."""

from typing import Any

import msgspec
import pytest

from tests.llm.troupe import ask_of, call_of
from trigate.llm.anchor import AnchorName, reader
from trigate.llm.operation import Ask
from trigate.llm.operations.anthropic_messages import OPERATION as MESSAGES


def read(name: str, ask: Ask | None = None, fields: dict[str, str] | None = None, **who: Any) -> str:
    return reader(AnchorName.parse(name))(call_of(fields, **who), ask or ask_of())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nobody",
        "provider",
        "target",
        "model",
        "member:",
        "member:a-b",
        "header:",
        "header:cookie",
        "member:a.b.c.d.e",
    ],
)
def test_what_is_no_anchor_is_refused(text: str):
    with pytest.raises(ValueError, match=r"."):
        AnchorName.parse(text)


def test_who_calls_is_an_anchor():
    assert read("key") == "dev"
    assert read("user", user="ann") == "ann"
    assert read("end_user", on_behalf_of="bob") == "bob"
    assert read("claim:tenant", claims={"tenant": "acme"}) == "acme"
    assert read("user") == ""


def test_a_header_field_is_an_anchor():
    assert read("header:X-Session-Id", fields={"x-session-id": "s1"}) == "s1"


def test_a_member_is_an_anchor_however_deep_if_it_is_a_text():
    ask = ask_of(user="ann", metadata={"user_id": "u7", "n": 1})
    assert read("member:user", ask) == "ann"
    assert read("member:metadata.user_id", ask) == "u7"
    for name in ("member:metadata.n", "member:metadata", "member:user.x", "member:nothing", "member:messages"):
        assert read(name, ask) == ""


def test_a_member_too_long_to_mean_anybody_is_none():
    assert read("member:user", ask_of(user="x" * 1025)) == ""


def test_the_first_anchor_that_an_ask_has_counts():
    both = reader((AnchorName.parse("member:user"), AnchorName.parse("key")))
    assert both(call_of(), ask_of(user="ann")) == "ann"
    assert both(call_of(), ask_of()) == "dev"
    assert reader((AnchorName.parse("user"),))(call_of(), ask_of()) == ""


def test_a_conversation_is_known_by_how_it_begins():
    first = [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hi"}]
    later = [*first, {"role": "assistant", "content": "hello"}, {"role": "user", "content": "and now?"}]
    assert read("messages", ask_of(messages=first)) == read("messages", ask_of(messages=later)) != ""
    other = [first[0], {"role": "user", "content": "hello"}]
    assert read("messages", ask_of(messages=other)) != read("messages", ask_of(messages=first))
    assert read("messages", ask_of(messages=first, tools=[{"type": "function"}])) != read(
        "messages", ask_of(messages=first)
    )


def test_instructions_beside_the_turns_belong_to_the_beginning():
    def ask(system: str) -> Ask:
        turns = [{"role": "user", "content": "hi"}]
        return MESSAGES.decode(
            msgspec.json.encode({"model": "m", "max_tokens": 9, "system": system, "messages": turns})
        )

    assert read("messages", ask("a")) != read("messages", ask("b"))


@pytest.mark.parametrize("messages", ["text", [], [1, 2], {"role": "user"}])
def test_turns_of_any_form_are_an_anchor_and_never_a_failure(messages: Any):
    assert read("messages", ask_of(messages=messages)) == read("messages", ask_of(messages=messages))
