"""What an operator knows of a model better than the built-in table."""

from typing import Literal, get_args

from trigate.core.settings import Settings
from trigate.llm.model_facts import CAPABILITIES

Capability = Literal[
    "tools", "structured_output", "reasoning", "sampling", "prompt_cache", "vision", "audio_input", "video_input",
    "file_input", "image_output", "audio_output", "video_output",
]  # fmt: skip


class FactSettings(Settings):
    """What a model takes and can do; what is left out is as the built-in table says."""

    like: str = ""
    """A model of the built-in table that this one is, such as `openai/gpt-4.1` for a deployment with a name of its
    own."""
    context: int | None = None
    """Tokens of input and output together."""
    most_input: int | None = None
    """Tokens of input, where they are bounded by themselves."""
    most_output: int | None = None
    """Tokens of output."""
    can: list[Capability] = []
    """What it can do."""
    cannot: list[Capability] = []
    """What it cannot do."""

    def __post_init__(self) -> None:
        maker, _, model = self.like.partition("/")
        if self.like and not (maker and model):
            raise ValueError(f"{self.like!r} is not a model such as openai/gpt-4.1")
        if any(each is not None and each < 1 for each in (self.context, self.most_input, self.most_output)):
            raise ValueError("context, most_input and most_output are numbers of tokens above 0")
        if both := set(self.can) & set(self.cannot):
            raise ValueError(f"{', '.join(sorted(both))}: a model either can do this or cannot")


if set(get_args(Capability)) != set(CAPABILITIES):
    raise AssertionError("a capability is missing in one of two lists")
