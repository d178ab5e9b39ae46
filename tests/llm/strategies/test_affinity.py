"""A conversation stays where it began."""

from tests.llm.troupe import ask_of, call_of, candidate, names, troupe
from trigate.llm.anchor import AnchorName
from trigate.llm.operation import Ask
from trigate.llm.strategies.affinity import Affinity

TARGETS = troupe("a/1", "b/2", "c/3")


def order_of(ask: Ask, fields: dict[str, str] | None = None) -> list[str]:
    order = Affinity().open("smart", TARGETS)
    assert order is not None
    return names(order(call_of(fields), ask, TARGETS))


def test_later_turns_of_a_conversation_go_where_the_first_went():
    turns = [{"role": "user", "content": "tell me a story"}]
    first = order_of(ask_of(messages=turns))
    for number in range(5):
        turns += [{"role": "assistant", "content": "…"}, {"role": "user", "content": str(number)}]
        assert order_of(ask_of(messages=turns)) == first


def test_what_callers_say_goes_before_how_a_conversation_begins():
    for number in range(20):
        key = f"session {number}"
        one = ask_of(prompt_cache_key=key, messages=[{"role": "user", "content": "a"}])
        other = ask_of(prompt_cache_key=key, messages=[{"role": "user", "content": "b"}])
        assert order_of(one) == order_of(other)
        fields = {"x-session-id": key}
        assert order_of(ask_of(prompt_cache_key="x"), fields) == order_of(ask_of(prompt_cache_key="y"), fields)


def test_conversations_are_spread_over_the_targets():
    first = [order_of(ask_of(prompt_cache_key=f"{number}"))[0] for number in range(600)]
    assert all(first.count(each.name) > 150 for each in TARGETS)


def test_a_target_that_is_left_out_moves_no_other_conversation():
    order = Affinity().open("smart", TARGETS)
    assert order is not None
    for number in range(100):
        ask = ask_of(prompt_cache_key=f"{number}")
        first, second, _ = order(call_of(), ask, TARGETS)
        rest = [each for each in TARGETS if each is not first]
        assert order(call_of(), ask, rest)[0] is second


def test_asks_without_any_anchor_are_left_to_chance():
    targets = [candidate("a/1", weight=0), candidate("b/2")]
    order = Affinity(by=AnchorName.parse("user")).open("smart", targets)
    assert order is not None
    assert names(order(call_of(), ask_of(), targets)) == ["b/2", "a/1"]
