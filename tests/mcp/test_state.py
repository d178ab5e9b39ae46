"""What callers carry between the rounds of a call."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from trigate.core.principal import Principal
from trigate.core.shared import derive_alone
from trigate.mcp.fault import Fault
from trigate.mcp.state import Binding, Parked, State, States, read_responses

ADA = Principal("ada", frozenset({"mcp"}))
BOUND = Binding(ADA, "dev", "tools/call", {"name": Raw(b'"a"'), "arguments": Raw(b'{"x":1,"y":[1.0]}')})


def states() -> States:
    return States(derive_alone, 60)


def refused(text: str, binding: Binding = BOUND) -> bool:
    with pytest.raises(Fault) as caught:
        states().open(text, binding)
    assert caught.value.number == -32602
    return True


def test_what_was_sealed_is_opened_by_every_worker():
    state = State(own=["a"], kept={"b": b"1"}, carried={"c": b"{}"}, upstream=b'"s"', parked=Parked("w-1", "id", 3))
    opened = states().open(states().seal(state, BOUND), BOUND)
    assert opened == state


def test_the_same_call_may_be_written_otherwise():
    text = states().seal(State(), BOUND)
    params = {"arguments": Raw(b'{ "y":[1.0], "x":1}'), "name": Raw(b'"\\u0061"')}
    assert states().open(text, Binding(ADA, "dev", "tools/call", params))


@pytest.mark.parametrize(
    "binding",
    [
        Binding(Principal("bob", frozenset()), "dev", "tools/call", BOUND.params),
        Binding(Principal("ada", frozenset(), on_behalf_of="x"), "dev", "tools/call", BOUND.params),
        Binding(ADA, "", "tools/call", BOUND.params),
        Binding(ADA, "dev", "prompts/get", BOUND.params),
        Binding(ADA, "dev", "tools/call", {**BOUND.params, "arguments": Raw(b'{"x":2,"y":[1.0]}')}),
        Binding(ADA, "dev", "tools/call", {**BOUND.params, "more": Raw(b"1")}),
    ],
)
def test_for_any_other_call_it_opens_nothing(binding: Binding):
    assert refused(states().seal(State(), BOUND), binding)


@given(st.integers(0, 80), st.integers(1, 255))
def test_a_changed_byte_opens_nothing(place: int, change: int):
    raw = bytearray(base64.urlsafe_b64decode(states().seal(State(upstream=b'"hidden"'), BOUND)))
    raw[place % len(raw)] ^= change
    assert refused(base64.urlsafe_b64encode(bytes(raw)).decode())


@given(st.text())
def test_no_text_of_others_opens_anything(text: str):
    assert refused(text)


def test_a_state_shows_nothing_and_has_a_bound():
    text = states().seal(State(upstream=b'"hidden-canary"'), BOUND)
    assert b"canary" not in base64.urlsafe_b64decode(text)
    with pytest.raises(Fault):
        states().seal(State(upstream=b'"' + b"x" * 60_000 + b'"'), BOUND)
    assert refused("A" * 70_000)


def test_answers_are_an_object():
    assert read_responses(None) == {}
    assert read_responses(Raw(b'{"a":{"b":1}}')) == {"a": Raw(b'{"b":1}')}
    for wrong in (b"[]", b"5", b"null", b"[" * 5000):
        with pytest.raises(Fault):
            read_responses(Raw(wrong))
