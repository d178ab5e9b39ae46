"""Keys: every change that can change an answer changes the key, and nothing else does."""

from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from trigate.core.shared import derive_alone
from trigate.llm.address import OPERATIONS
from trigate.llm.cache.key import LEFT_OUT, Keys, asked
from trigate.llm.operation import Address, Operation

KEYS = Keys(derive_alone)
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(["messages", "tools", "temperature", "seed", "x", "xy", "stop"])
MEMBERS = st.dictionaries(NAMES, VALUES, max_size=5)
OPERATION: dict[str, Operation] = {each.name: each for each in OPERATIONS}


def key(body: dict[str, Any], operation: str = "cohere_chat", indent: int = -1, **address: Any) -> str:
    raw = msgspec.json.format(msgspec.json.encode(body), indent=indent)
    made = OPERATION[operation]
    return KEYS.key(("", ""), asked(made.decode(raw, Address(made, **address))))


@given(MEMBERS, st.integers(0, 4), st.randoms(use_true_random=False))
def test_order_of_members_and_white_space_count_for_nothing(members: dict[str, Any], indent: int, random: Any):
    names = list(members)
    random.shuffle(names)
    body = {"model": "m", **members}
    assert key(body) == key({**{name: members[name] for name in names}, "model": "m"}, indent=indent)


@given(MEMBERS, st.sampled_from(["messages", "tools", "temperature", "seed", "new"]), VALUES)
def test_any_other_value_of_a_member_is_another_key(members: dict[str, Any], name: str, value: Any):
    changed = {**members, name: value}
    assume(msgspec.json.encode(changed.get(name)) != msgspec.json.encode(members.get(name)) or name not in members)
    assert key({"model": "m", **members}) != key({"model": "m", **changed})


@given(MEMBERS, st.data())
def test_a_member_less_is_another_key(members: dict[str, Any], data: st.DataObject):
    assume(members)
    gone = data.draw(st.sampled_from(sorted(members)))
    assert key({"model": "m", **members}) != key({"model": "m", **{k: v for k, v in members.items() if k != gone}})


@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_parts_are_never_taken_for_one_another(one: list[str], other: list[str]):
    assert (KEYS.digest(one) == KEYS.digest(other)) is (one == other)


@pytest.mark.parametrize("operation", sorted(LEFT_OUT))
def test_what_is_left_out_does_not_count_and_all_else_does(operation: str):
    base: dict[str, Any] = {"messages": [], "input": "", "contents": []}
    address: dict[str, Any] = {"model": "m"} if operation in {"gemini_content", "bedrock_converse"} else {}
    if not address:
        base["model"] = "m"
    plain = key(base, operation, **address)
    for name in sorted(getattr(OPERATION[operation], "known", set()) | {"other"} | LEFT_OUT[operation]):
        if name in {"model", "stream", "stream_options", *base}:
            continue
        same = key({**base, name: {"a": 1}}, operation, **address) == plain
        assert same is (name in LEFT_OUT[operation]), name


def test_how_the_ask_came_is_part_of_the_key():
    base = {"model": "m", "messages": []}
    fields = b"anthropic-beta: a\r\n"
    trace = b"traceparent: 00-1\r\n"
    found = {
        key(base, "anthropic_messages"),
        key({**base, "model": "n"}, "anthropic_messages"),
        key({**base, "stream": True}, "anthropic_messages"),
        key(base, "anthropic_messages", carried=fields),
        key(base, "openai_chat"),
        key(base, "cohere_chat"),
        key({"contents": []}, "gemini_content", model="m", streamed=True),
        key({"contents": []}, "gemini_content", model="m", streamed=True, listed=True),
    }
    assert len(found) == 8
    assert key(base, "anthropic_messages", carried=fields + trace, common=trace) in found


def test_nested_members_that_come_twice_are_another_ask():
    once, twice = b'{"model":"m","messages":[{"a":1}]}', b'{"model":"m","messages":[{"a":2,"a":1}]}'
    made = OPERATION["cohere_chat"]
    assert asked(made.decode(once, Address(made))) != asked(made.decode(twice, Address(made)))


def test_keys_of_one_namespace_begin_alike_and_tell_nothing_without_the_secret():
    one = KEYS.key(("a", ""), ["x"])
    assert one.startswith(KEYS.beginning("a"))
    assert not KEYS.key(("b", ""), ["x"]).startswith(KEYS.beginning("a"))
    assert KEYS.key(("a", "b"), ["x"]) != one
    assert Keys(lambda purpose: b"another secret" * 2).key(("a", ""), ["x"]) != one
    assert len(one) < 200
