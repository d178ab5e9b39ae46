"""What an ask says of the prompt that it was made of."""

from msgspec import Struct

from trigate.core.action import Action
from trigate.llm.loss import Losses


class Made(Struct, frozen=True):
    """A prompt's name and version."""

    prompt: str
    version: int
    losses: Losses
    """Parameters of the prompt that the caller's dialect cannot say."""

    @property
    def label(self) -> str:
        """As the record has it."""
        return f"{self.prompt}@{self.version}"

    @property
    def action(self) -> Action:
        """What its caller must be allowed to do besides asking the model."""
        return action_of(self.prompt)


def action_of(prompt: str) -> Action:
    """What callers of the prompt of this name do."""
    return Action("llm.prompt", f"prompt/{prompt}")
