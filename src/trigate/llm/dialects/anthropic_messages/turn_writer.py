"""Turns of other dialects as messages: the system on top, then user and assistant in turn, results of tools first."""

from trigate.llm.conversation import Part, Turn
from trigate.llm.dialects.anthropic_messages.block_writer import BlockWriter
from trigate.llm.dialects.anthropic_messages.home import JSON
from trigate.llm.loss import Losses
from trigate.llm.word import word

_BEFORE = "(no message of the user's)"
"""What stands for the user where the assistant speaks first, or nobody but the system does."""
_SYSTEM = frozenset({"system", "developer"})


class TurnWriter:
    """Writes one conversation."""

    __slots__ = ("_blocks", "_dialect", "_late", "_losses", "_messages", "_results", "_waiting")

    def __init__(self, dialect: str, blocks: BlockWriter, losses: Losses, *, late_system: bool) -> None:
        """`dialect`: the caller's; `late_system`: whether the system may speak after the first message."""
        self._dialect = dialect
        self._blocks = blocks
        self._losses = losses
        self._late = late_system
        self._messages: list[JSON] = []
        self._results = 0
        """How many results of tools the last message begins with."""
        self._waiting: list[JSON] = []
        """What the system says once the user's turn is over."""

    def write(self, turns: list[Turn]) -> JSON:
        """The members `system` and `messages`."""
        leading = next((place for place, turn in enumerate(turns) if turn.role not in _SYSTEM), len(turns))
        system = [block for turn in turns[:leading] for block in self._system(turn)]
        for turn in turns[leading:]:
            self._turn(turn)
        self._release()
        self._begin()
        self._trim()
        written: JSON = {"system": _bare(system)} if system else {}
        written["messages"] = self._messages
        for message in self._messages:
            message["content"] = _bare(message["content"])
        return written

    def _turn(self, turn: Turn) -> None:
        self._report(turn)
        if turn.role in _SYSTEM:
            self._late_system(turn)
        elif turn.role == "assistant":
            self._release()
            self._add("assistant", self._blocks.write(turn.parts, "assistant"))
        else:
            if self._waiting:
                self._blocks.degrade("turn", "what the system says stands after what the user says", "role")
            self._add("user", self._blocks.write(turn.parts, "user"))

    def _report(self, turn: Turn) -> None:
        if turn.name:
            self._blocks.drop("turn", "name")
        self._losses.drop_extra(word(self._dialect, "turn"), turn.extra)

    def _system(self, turn: Turn) -> list[JSON]:
        self._report(turn)
        return self._say(turn.parts)

    def _say(self, parts: list[Part]) -> list[JSON]:
        """The system says nothing but texts."""
        blocks = self._blocks.write(parts, "system")
        for block in blocks:
            if block["type"] != "text":
                self._blocks.drop("part", block["type"], "not from the system")
        return [block for block in blocks if block["type"] == "text"]

    def _late_system(self, turn: Turn) -> None:
        """After the user's turn the system may speak, as far as the model knows that; else the user says it."""
        said = self._say(turn.parts)
        if self._late and self._messages and self._messages[-1]["role"] == "user":
            self._waiting += said
            return
        for block in said:
            block["text"] = f"<system>\n{block['text']}\n</system>"
        self._blocks.degrade("turn", "a text of the user's in <system> tags", "role")
        self._add("user", said)

    def _release(self) -> None:
        """The user's turn is over."""
        if self._waiting:
            self._messages.append({"role": "system", "content": self._waiting})
            self._waiting = []

    def _add(self, role: str, blocks: list[JSON]) -> None:
        if not blocks:
            return
        if not self._messages or self._messages[-1]["role"] != role:
            self._messages.append({"role": role, "content": []})
            self._results = 0
        content = self._messages[-1]["content"]
        for block in blocks:
            if block["type"] == "tool_result":
                content.insert(self._results, block)
                self._results += 1
            else:
                content.append(block)

    def _begin(self) -> None:
        """The user speaks first."""
        if not self._messages or self._messages[0]["role"] != "user":
            self._blocks.degrade("turn", f"the user begins with {_BEFORE!r}")
            self._messages.insert(0, {"role": "user", "content": [{"type": "text", "text": _BEFORE}]})

    def _trim(self) -> None:
        """An answer that is begun for the model must not end in blanks."""
        last = self._messages[-1]
        if last["role"] != "assistant" or last["content"][-1]["type"] != "text":
            return
        block = last["content"][-1]
        text = block["text"].rstrip()
        if text != block["text"]:
            self._blocks.degrade("part", "without the blanks at the end", "text")
            block["text"] = text or "…"


def _bare(content: list[JSON]) -> str | list[JSON]:
    """A single text without marks, as the text alone."""
    return content[0]["text"] if len(content) == 1 and content[0].keys() == {"type", "text"} else content
