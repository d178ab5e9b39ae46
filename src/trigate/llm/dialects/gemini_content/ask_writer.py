"""An ask of the middle form in Gemini's words."""

from itertools import groupby
from typing import Any

from trigate.llm.chat_dialect import Manners
from trigate.llm.conversation import Conversation, Opaque, Tool, Turn
from trigate.llm.dialects.gemini_content.option_writer import write_options
from trigate.llm.dialects.gemini_content.part_reader import NAME, SIGNATURE
from trigate.llm.dialects.gemini_content.part_writer import PartWriter, Written
from trigate.llm.dialects.gemini_content.seal import SKIP
from trigate.llm.loss import Losses

_MODES = {"auto": "AUTO", "required": "ANY", "one": "ANY", "none": "NONE"}
_PARENTS = ("toolConfig", "generationConfig")
_TEXT_TOOL = {"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]}
_TIERS = {"flex": "flex", "priority": "priority", "default": "standard", "standard_only": "standard"}
_UNSIGNED = ("gemini-1", "gemini-2")
"""Models that ask for no signatures of calls."""


class AskWriter:
    """Writes one ask."""

    __slots__ = ("_body", "_conversation", "_losses", "_manners", "_own", "_parts")

    def __init__(self, conversation: Conversation, manners: Manners, losses: Losses) -> None:
        self._conversation = conversation
        self._manners = manners
        self._losses = losses
        self._own = conversation.dialect == NAME
        self._parts = PartWriter(conversation.dialect, losses, seals=False)
        self._body: Written = {}

    def write(self) -> Written:
        """The whole body."""
        self._write_turns()
        self._write_tools()
        self._write_choice()
        config = write_options(self._conversation, self._manners, self._losses)
        if config:
            self._body["generationConfig"] = config
        self._write_tier()
        self._write_rest()
        return self._body

    def _write_turns(self) -> None:
        system: list[Written] = []
        contents: list[Written] = []
        for turn in self._conversation.turns:
            if turn.role in {"system", "developer"}:
                if contents:
                    self._losses.degrade(self._parts.path("turn", "role"), "a part of systemInstruction")
                system += self._write_turn(turn)
            else:
                self._add_content(contents, turn)
        self._sign(contents)
        if system and not contents and not self._own:
            self._losses.degrade(self._parts.path("turn", "role"), "said by the user, as nobody else says anything")
            contents, system = [{"role": "user", "parts": system}], []
        self._body["contents"] = contents
        if system or self._own_system() is not None:
            self._body["systemInstruction"] = {"parts": system} | self._own_extra(self._own_system())

    def _own_system(self) -> Turn | None:
        turns = self._conversation.turns
        return turns[0] if self._own and turns and turns[0].role == "system" else None

    def _own_extra(self, turn: Turn | None) -> Written:
        return turn.form | turn.extra if turn is not None else {}

    def _write_turn(self, turn: Turn) -> list[Written]:
        if turn.name:
            self._losses.drop(self._parts.path("turn", "name"))
        if turn.extra and not self._own:
            self._losses.drop_extra(self._parts.path("turn"), turn.extra)
        return [each for each in map(self._parts.write, turn.parts) if each is not None]

    def _add_content(self, contents: list[Written], turn: Turn) -> None:
        """A content of its own, or more of the last one: Gemini's speakers take turns."""
        role = "model" if turn.role == "assistant" else "user"
        parts = self._write_turn(turn)
        follows = turn.continues if self._own else bool(contents) and contents[-1]["role"] == role
        if contents and follows:
            contents[-1]["parts"] += parts
        elif self._own:
            contents.append(({} if "role" in turn.form else {"role": role}) | {"parts": parts} | turn.extra)
        elif parts:
            contents.append({"role": role, "parts": parts})

    def _sign(self, contents: list[Written]) -> None:
        """Let calls that Gemini has not made pass where it wants its own signature: the first of each step."""
        if self._own or any(each in self._manners.model for each in _UNSIGNED):
            return
        for content in contents:
            calls = [each for each in content["parts"] if "functionCall" in each]
            if calls and SIGNATURE not in calls[0]:
                calls[0][SIGNATURE] = SKIP

    def _write_tools(self) -> None:
        written = [(self._group(each), found) for each in self._conversation.tools if (found := self._tool(each))]
        tools: list[Written] = []
        for _, group in groupby(written, key=lambda each: each[0]):
            tool: Written = {}
            for _, (kind, value) in group:
                if kind == "functionDeclarations":
                    tool.setdefault(kind, []).append(value)
                else:
                    tool[kind] = value
            tools.append(tool)
        if tools:
            self._body["tools"] = tools

    def _group(self, tool: Tool | Opaque) -> int:
        return tool.form.get("group", -1) if self._own else -1

    def _tool(self, tool: Tool | Opaque) -> tuple[str, Any] | None:
        if isinstance(tool, Tool):
            return "functionDeclarations", self._function(tool)
        if tool.dialect == NAME:
            return tool.kind, tool.value
        self._losses.drop(f"tools.{tool.kind}")
        return None

    def _function(self, tool: Tool) -> Written:
        written: Written = {"name": tool.name}
        if tool.description:
            written["description"] = tool.description
        if self._own and "parameters" in tool.form:
            written["parameters"] = tool.form["parameters"]
        elif tool.custom:
            self._losses.degrade(self._parts.path("tool", "custom"), "a function with the text as its `input`")
            written["parametersJsonSchema"] = _TEXT_TOOL
        elif tool.schema is not None:
            written["parametersJsonSchema"] = tool.schema
        if tool.cache is not None:
            self._losses.drop(self._parts.path("tool", "cache"))
        if self._own:
            return written | tool.extra
        self._losses.drop_extra(self._parts.path("tool"), tool.extra)
        return written

    def _write_choice(self) -> None:
        choice = self._conversation.tool_choice
        tools = [each for each in self._conversation.tools if isinstance(each, Tool)]
        strict = any(each.strict for each in tools)
        if choice is None:
            if strict:
                self._body["toolConfig"] = {"functionCallingConfig": {"mode": self._validated(tools)}}
            return
        calling: Written = {}
        if not (self._own and "mode" in self._conversation.form):
            calling["mode"] = self._validated(tools) if strict and choice.mode == "auto" else _MODES[choice.mode]
        if choice.mode == "one":
            calling["allowedFunctionNames"] = [choice.name]
        if self._own:
            calling |= choice.extra
        else:
            self._losses.drop_extra(self._parts.path("tool_choice"), choice.extra)
        self._body["toolConfig"] = {"functionCallingConfig": calling}

    def _validated(self, tools: list[Tool]) -> str:
        """The mode in which Gemini keeps to the schemas, which it does for all tools or for none."""
        if not all(each.strict for each in tools):
            self._losses.degrade(self._parts.path("tool", "strict"), "all tools are strict")
        return "VALIDATED"

    def _write_tier(self) -> None:
        said = self._conversation.service_tier
        tier = said if self._own else _TIERS.get(said, "")
        if tier:
            self._body["serviceTier"] = tier
        elif said and said != "auto":
            self._losses.drop(self._parts.path("service_tier"))

    def _write_rest(self) -> None:
        extra = self._conversation.extra
        if not self._own:
            self._losses.drop_extra("", extra)
            return
        for name, value in extra.items():
            parent, dot, member = name.partition(".")
            if dot and parent in _PARENTS:
                self._body.setdefault(parent, {})[member] = value
            else:
                self._body[name] = value


def write_ask(conversation: Conversation, manners: Manners, losses: Losses) -> Written:
    """The body for Google."""
    return AskWriter(conversation, manners, losses).write()
