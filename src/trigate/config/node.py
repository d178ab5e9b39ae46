"""A YAML document as a tree of texts that know their place; what a text means is left to the type it is read into."""

from msgspec import Struct


class Mark(Struct, frozen=True):
    """A place in a file, counted from 1 as editors do."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


class Scalar(Struct, frozen=True):
    """A single value as it is written."""

    mark: Mark
    text: str
    plain: bool
    """Written without quotes, so that `null` and nothing at all mean that there is no value."""

    @property
    def empty(self) -> bool:
        """Whether nothing is written after the key."""
        return self.plain and not self.text

    @property
    def null(self) -> bool:
        """Whether it says that there is no value (YAML 1.2 §10.3.2)."""
        return self.plain and self.text in ("", "~", "null", "Null", "NULL")


class Sequence(Struct, frozen=True):
    """A list."""

    mark: Mark
    items: "list[Node]"


class Mapping(Struct, frozen=True):
    """Keys and values in the order of the file, duplicates included, so that they can be reported."""

    mark: Mark
    entries: "list[tuple[Scalar, Node]]"


Node = Scalar | Sequence | Mapping
