"""OpenAI's moderations."""

from collections.abc import Set as AbstractSet

from msgspec import Raw

from trigate.llm.member import read_members
from trigate.llm.operation import Address, Ask
from trigate.llm.task_operation import TaskOperation

KNOWN = frozenset({"input", "model"})
"""Members of the API."""
USUAL = Raw(b'"omni-moderation-latest"')
"""The model of an ask that names none, as in OpenAI's API."""


class OpenAIModerations(TaskOperation, kw_only=True):
    """`POST /v1/moderations`."""

    name: str = "openai_moderations"
    action: str = "llm.moderations"
    path: bytes = b"/v1/moderations"
    known: AbstractSet[str] = KNOWN

    def decode(self, body: bytes, address: Address | None = None) -> Ask:
        """Understand an ask; the input is the upstream's to judge. Raises BadRequest."""
        members = read_members(body, KNOWN)
        members.setdefault("model", USUAL)
        return Ask(address or Address(self), members, body)


OPERATION = OpenAIModerations()
