"""What every part of the work of writing an ask has to know."""

from trigate.llm.chat_dialect import Manners
from trigate.llm.conversation import Conversation, Extra
from trigate.llm.dialects.cohere_chat.word import NAME
from trigate.llm.loss import Losses
from trigate.llm.word import word


class Draft:
    """One ask for one target."""

    __slots__ = ("conversation", "documents", "losses", "manners", "own")

    def __init__(self, conversation: Conversation, manners: Manners, losses: Losses) -> None:
        self.conversation = conversation
        self.manners = manners
        self.losses = losses
        self.own = conversation.dialect == NAME
        """The caller speaks this very dialect."""
        self.documents: list[object] = []
        """Those that were found in messages, and stand beside them in this dialect."""

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
