"""One place where asks for a model may go, as it is configured."""

import re

from trigate.core.settings import Settings
from trigate.llm.condition import condition
from trigate.llm.data_policy import DataPolicy

MODEL = re.compile(r"[A-Za-z0-9@][A-Za-z0-9_.:/@+-]{0,199}").fullmatch
"""Names of models."""


class Destination(Settings):
    """A target of a model, with what strategies may know of it."""

    target: str
    """`provider/model`."""
    weight: int = 1
    """Share of the asks relative to the other targets, for strategies that go by weight; with 0 it gets asks only when
    all others fail."""
    when: str = ""
    """Only asks for which this condition (CEL) holds may go here; see the strategy `conditional` for what it may name.
    If it holds for no target, the ask is refused."""
    requests_per_minute: int | None = None
    """What the provider allows, for the strategy `usage`."""
    tokens_per_minute: int | None = None
    """The same in tokens of asks and answers together."""
    policy: DataPolicy | None = None
    """What becomes of data, where it is not what the provider's own `policy` says."""

    def __post_init__(self) -> None:
        if not is_target(self.target):
            raise ValueError(f"{self.target!r} is not a target such as openai/gpt-5.2")
        if not 0 <= self.weight <= 10**6:
            raise ValueError("a weight is a whole number from 0 to 1000000")
        if any(each is not None and each < 1 for each in (self.requests_per_minute, self.tokens_per_minute)):
            raise ValueError("requests_per_minute and tokens_per_minute are at least 1")
        if self.when:
            condition(self.when)


def is_target(text: str) -> bool:
    """Whether a text is a provider and a model of it."""
    provider, _, model = text.partition("/")
    return bool(provider and MODEL(model))
