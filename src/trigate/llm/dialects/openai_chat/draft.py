"""What every part of the work of writing an ask has to know."""

from hashlib import sha256

from trigate.llm.chat_dialect import Manners
from trigate.llm.conversation import Conversation, Extra
from trigate.llm.dialects.openai_chat.word import NAME
from trigate.llm.loss import Losses
from trigate.llm.word import word

_LONGEST_ID = 40
"""Characters of a call's `id` that OpenAI accepts."""
_SHORT_ID = 9
"""What Mistral's own demands, exactly."""


class Draft:
    """One ask for one target."""

    __slots__ = ("conversation", "losses", "manners", "own")

    def __init__(self, conversation: Conversation, manners: Manners, losses: Losses) -> None:
        self.conversation = conversation
        self.manners = manners
        self.losses = losses
        self.own = conversation.dialect == NAME
        """The caller speaks this very dialect, and is taken at the word."""

    def kept(self, member: str, extra: Extra) -> Extra:
        """What of it is to be written: all that is this dialect's own; anything else is lost."""
        if self.own or not extra:
            return extra
        self.losses.drop_extra(word(self.conversation.dialect, member) if member else "", extra)
        return {}

    def drop(self, member: str, below: str = "", why: str = "") -> None:
        """Say that something is left out, in the caller's words."""
        self.losses.drop(word(self.conversation.dialect, member, below), why)

    def degrade(self, member: str, why: str, below: str = "") -> None:
        """Say what stands for something, in the caller's words."""
        self.losses.degrade(word(self.conversation.dialect, member, below), why)

    def allows(self, quirk: str) -> bool:
        """Whether the target has something that not all have; a caller of this dialect is believed to know."""
        return self.own or quirk in self.manners.quirks

    def call_id(self, written: str) -> str:
        """A call's `id` in a form that the target accepts, the same for the call and its result."""
        short = "short_tool_ids" in self.manners.quirks
        if short and not (len(written) == _SHORT_ID and written.isalnum()):
            return sha256(written.encode()).hexdigest()[:_SHORT_ID]
        if len(written) > _LONGEST_ID and not self.own:
            return "call_" + sha256(written.encode()).hexdigest()[: _LONGEST_ID - 5]
        return written
