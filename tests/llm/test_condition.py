"""Conditions about asks."""

import pytest

from tests.llm.troupe import ask_of, call_of
from trigate.llm.condition import condition


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("principal.team == 'red'", True),
        ("principal.team == 'blue'", False),
        ("action.name == 'llm.chat'", True),
        ("request.headers['x-tier'] == 'gold'", True),
        ("arguments.temperature > 0.5", True),
        ("arguments.metadata.tier == 'gold'", True),
        ("arguments.metadata.nothing == 'gold'", False),
        ("ask.tokens > 100", True),
        ("ask.tokens > 100000", False),
        ("ask.streamed", False),
        ("ask.dialect == 'openai_chat' && ask.model == 'smart'", True),
        ("'tools' in ask.needs", True),
        ("'vision' in ask.needs", False),
    ],
)
def test_a_condition_looks_at_who_asks_for_what(text: str, holds: bool):
    ask = ask_of(
        temperature=0.9,
        metadata={"tier": "gold"},
        tools=[{"type": "function"}],
        messages=[{"role": "user", "content": "x" * 800}],
    )
    assert condition(text)(call_of({"x-tier": "gold"}, team="red"), ask) is holds


@pytest.mark.parametrize("text", ["ask.nothing == 1", "1 + 1", "nobody.key == ''", "ask."])
def test_what_is_no_condition_is_refused(text: str):
    with pytest.raises(ValueError, match="when: "):
        condition(text)
