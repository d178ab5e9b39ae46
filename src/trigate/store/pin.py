"""What a server offers, as its definition was approved, and as the server gives it now."""

from typing import Literal

from msgspec import Struct

CHANGED = "mcp.pins.changed"
"""The service of workers that hears of decisions; its opening message is a server's name."""

Mode = Literal["off", "first_seen", "approved"]
"""What becomes of a thing nobody has decided on: taken as it is; taken, but held to that; held back."""
Sort = Literal["tool", "prompt", "resource", "template"]
"""What is pinned; `template` is of resources."""
SORTS: tuple[Sort, ...] = ("tool", "prompt", "resource", "template")
Why = Literal["new", "changed", "crowded"]
"""`crowded`: the server has shown too many things already."""


class Sighting(Struct, frozen=True):
    """A thing as a worker has just got it from its server."""

    name: str
    """A template's is its URI template, a resource's its URI."""
    digest: str
    definition: bytes
    """JSON."""
    suspicions: tuple[str, ...] = ()


class Verdict(Struct, frozen=True):
    """What the rows say of one thing."""

    name: str
    why: Why | None = None
    """Why it is held back; None if it is not."""
    approved: bool = False
    """Whether an operator has approved of this very definition."""


class Pin(Struct, frozen=True, kw_only=True):
    """One row."""

    server: str
    kind: Sort
    name: str
    digest: str = ""
    """Of the definition that holds; empty if none does yet."""
    definition: bytes = b""
    found_digest: str = ""
    """Of the definition that the server gives in its place; empty if it gives the one that holds."""
    found: bytes = b""
    suspicions: str = ""
    """What was noticed in the definition that was seen last, one to a line."""
    decided_by: str = ""
    """The operator who approved; empty if it holds because it was seen first."""
    decided: int = 0
    """Nanoseconds since the epoch."""
    seen: int = 0
    """Nanoseconds since the epoch at which the definition that is there now was seen first."""

    @property
    def place(self) -> str:
        """As operators call it: `git/push` a tool, `git/prompt/brief` anything else."""
        plain = self.kind == "tool" and self.name.partition("/")[0] not in SORTS
        return f"{self.server}/{self.name}" if plain else f"{self.server}/{self.kind}/{self.name}"
