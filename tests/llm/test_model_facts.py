"""What is known, and what is not."""

from trigate.llm.model_facts import UNKNOWN, ModelFacts


def test_a_capability_is_there_is_lacking_or_is_not_told():
    facts = ModelFacts(capabilities=frozenset({"tools"}), lacks=frozenset({"vision"}))
    assert [facts.can(each) for each in ("tools", "vision", "reasoning")] == [True, False, None]


def test_input_fits_within_its_own_bound_else_within_the_context():
    assert ModelFacts(context=100).takes(100)
    assert not ModelFacts(context=100).takes(101)
    assert not ModelFacts(context=100, most_input=60).takes(61)
    assert UNKNOWN.takes(10**9)
