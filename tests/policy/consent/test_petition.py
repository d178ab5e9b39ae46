"""A call's digest tells it from every other call."""

from hypothesis import given
from hypothesis import strategies as st

from trigate.core.action import Action
from trigate.core.principal import Principal
from trigate.policy.consent.petition import belonging, digest_of

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
calls = st.tuples(
    st.text(max_size=3), st.text(max_size=3), st.text(max_size=3), st.dictionaries(st.text(max_size=3), values)
)


def digest(call: tuple[str, str, str, dict[str, object]]) -> bytes:
    key, user, resource, arguments = call
    return digest_of(Principal(key, frozenset(), user), Action("mcp.tools.call", resource), arguments)


@given(calls, calls)
def test_two_calls_have_one_digest_only_if_they_are_the_same(one: object, other: object) -> None:
    assert (digest(one) == digest(other)) == (repr_of(one) == repr_of(other))  # type: ignore[arg-type]


def repr_of(value: object) -> str:
    """A text that tells true from 1, and not one order of members from another."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{each!r}:{repr_of(value[each])}" for each in sorted(value)) + "}"  # type: ignore[arg-type]
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(repr_of, value)) + "]"  # type: ignore[arg-type]
    return repr(value)


def test_a_call_belongs_to_all_that_its_caller_is() -> None:
    who = Principal("k", frozenset(), "u", "a", "t", "o", on_behalf_of="e")
    assert belonging(who) == {
        "key": "k", "user": "u", "agent": "a", "team": "t", "organisation": "o", "on_behalf_of": "e",
    }  # fmt: skip
