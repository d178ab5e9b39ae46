"""What a guard says about content."""

from typing import Protocol, runtime_checkable

from msgspec import Struct


@runtime_checkable
class Content(Protocol):
    """Anything whose texts a guard may read and replace."""

    def texts(self) -> list[str]:
        """Every text a person or model wrote or will read, in a stable order."""
        ...

    def replace_texts(self, texts: list[str]) -> None:
        """Put back as many texts as `texts()` gave, in that order."""
        ...


class Pass(Struct, frozen=True):
    """Nothing to object to."""


class Rewrite(Struct, frozen=True):
    """Go on with these texts in place of the ones read."""

    texts: list[str]


class Block(Struct, frozen=True):
    """Stop the call; `reason` is shown to the caller."""

    reason: str


class Flag(Struct, frozen=True):
    """Go on, and write `label` into the call's record."""

    label: str


Verdict = Pass | Rewrite | Block | Flag
PASS = Pass()
