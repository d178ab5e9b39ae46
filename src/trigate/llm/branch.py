"""One rule of the strategy `conditional`."""

from trigate.core.settings import Settings
from trigate.llm.condition import condition


class Branch(Settings):
    """Where asks of some kind go."""

    when: str
    """A condition (CEL) over `principal`, `action`, `request`, `arguments` (the members of the body, such as
    `arguments.metadata.tier`) and `ask`: `model`, `dialect`, `streamed`, `tokens` (of the prompt, estimated) and
    `needs` (a list such as `["tools", "vision"]`)."""
    targets: str | tuple[str, ...]
    """Some of the model's targets, the first to be asked first."""
    only: bool = False
    """Whether no other target may be asked, even if these fail."""

    def __post_init__(self) -> None:
        condition(self.when)
        if not self.names():
            raise ValueError("a rule needs at least one target")

    def names(self) -> tuple[str, ...]:
        """The targets as a list."""
        return (self.targets,) if isinstance(self.targets, str) else self.targets
