"""Settings made up for tests, with a field of every type, and a way to read them from a text."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta

from trigate.config.load import convert_text
from trigate.config.problem import InvalidConfig
from trigate.config.substitution import Substitution
from trigate.core.settings import Duration, Secret, Settings, Size


class Leaf(Settings):
    """The end of a branch."""

    url: str
    """Where it is.

    More about where it is."""
    weight: int = 1
    """How much it counts."""

    def __post_init__(self) -> None:
        if self.weight < 0:
            raise ValueError(f"{self.url} has the weight {self.weight}, which is below 0")


class Tree(Settings):
    """One field of every type."""

    text: str = "text"
    """Some text."""
    whole: int = 1
    """Some whole number."""
    number: float = 1.5
    """Some number."""
    truth: bool = False
    """Some truth."""
    money: Decimal = Decimal("0.10")
    """Some money."""
    time: Duration = Duration(10)
    """Some time."""
    size: Size = Size(1024)
    """Some size."""
    secret: Secret | None = None
    """Some secret."""
    choice: Literal["on", "off", "auto"] = "auto"
    """Some choice."""
    maybe: int | None = None
    """Perhaps a number."""
    names: list[str] = []
    """Some names."""
    pair: tuple[str, int] | None = None
    """A text and a number."""
    many: tuple[int, ...] = ()
    """Some numbers."""
    leaf: Leaf | None = None
    """Perhaps a leaf."""
    leaves: dict[str, Leaf] = {}
    """Leaves by name."""
    targets: list[str | Leaf] = []
    """Leaves, or only where they are."""
    one_or_more: str | list[str] = "one"
    """A name or several."""
    level: int | Literal["auto"] = "auto"
    """A number or a word."""
    bounded: Annotated[int, Meta(ge=1, le=9)] = 1
    """A digit."""
    anything: dict[str, Any] = {}
    """Whatever there is."""


class Strict(Settings):
    """A node with keys that must be written."""

    name: str
    """A name."""
    tree: Tree = Tree()
    """A tree."""


def read(text: str, settings: type[Any] = Tree, **variables: str) -> Any:
    """`text` as settings, with nothing but these variables in the environment."""
    return convert_text(text, "trigate.yaml", settings, Substitution(variables, Path()))


def problems(text: str, settings: type[Any] = Tree, **variables: str) -> list[str]:
    """What is wrong with `text`."""
    try:
        read(text, settings, **variables)
    except InvalidConfig as error:
        return [str(each) for each in error.problems]
    return []
