"""What an ask says of its prompt."""

from trigate.llm.loss import Losses
from trigate.llm.prompt_made import Made


def test_it_is_named_with_its_version_and_allowed_by_its_name():
    made = Made("greet", 3, Losses())
    assert made.label == "greet@3"
    assert (made.action.name, made.action.resource) == ("llm.prompt", "prompt/greet")
