"""A conversation stays where it began."""

from collections.abc import Sequence

from trigate.core.call import Call
from trigate.llm.anchor import AnchorName, Anchors, reader
from trigate.llm.candidate import Candidate
from trigate.llm.draw import anchored, drawn
from trigate.llm.operation import Ask
from trigate.llm.strategy import Order, Strategy

CONVERSATION = tuple(
    AnchorName(each)
    for each in (
        "header:x-session-id",
        "header:session_id",  # Codex CLI
        "member:prompt_cache_key",
        "member:metadata.session_id",
        "member:metadata.user_id",  # Claude Code puts its session into it
        "messages",
    )
)


class Affinity(Strategy):
    """Sends what belongs together to the same target, as long as that answers: the provider's prompt cache stays warm,
    and encrypted reasoning stays valid. Over all conversations the targets are chosen by `weight`."""

    by: Anchors = CONVERSATION
    """What belongs together: the first of these that an ask has. `messages` is how the conversation begins: its
    instructions and tools, up to the first turn of the user."""

    def open(self, model: str, candidates: Sequence[Candidate]) -> Order | None:
        """The order that belongs to a conversation (rendezvous hashing)."""
        read = reader(self.by)

        def order(call: Call, ask: Ask, found: Sequence[Candidate]) -> Sequence[Candidate]:
            anchor = read(call, ask)
            return anchored(found, f"{model}\n{anchor}") if anchor else drawn(found)

        return order
