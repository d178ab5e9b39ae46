"""What a caller wants to do, in one language for all lanes."""

from msgspec import Struct


class Action(Struct, frozen=True):
    """A verb and the resource it is about: `llm.chat` on `model/gpt-5`, `mcp.tools.call` on `server/git/tool/push`."""

    name: str
    """Dotted, the lane first."""
    resource: str

    @property
    def lane(self) -> str:
        """The lane this action belongs to."""
        lane = _lanes.get(self.name)
        if lane is None:
            lane = _lanes[self.name] = self.name.partition(".")[0]
        return lane


_lanes: dict[str, str] = {}
"""The lanes of the few names that actions have."""
