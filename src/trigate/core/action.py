"""What a caller wants to do, in one language for all lanes."""

from msgspec import Struct
from msgspec.structs import force_setattr


class Action(Struct, frozen=True, cache_hash=True):
    """A verb and the resource it is about: `llm.chat` on `model/gpt-5`, `mcp.tools.call` on `server/git/tool/push`."""

    name: str
    """Dotted, the lane first."""
    resource: str
    lane: str = ""
    """The lane this action belongs to, taken from its name."""

    def __post_init__(self) -> None:
        force_setattr(self, "lane", self.name.partition(".")[0])
