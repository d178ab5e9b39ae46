"""An ask of the middle form in Bedrock's words."""

from typing import Any

import msgspec

from trigate.llm.chat_dialect import Manners
from trigate.llm.conversation import Conversation, Opaque, OutputForm, Tool, ToolCall, ToolChoice, ToolResult, Turn
from trigate.llm.dialects.bedrock_converse.ask_reader import MORE
from trigate.llm.dialects.bedrock_converse.block_reader import NAME
from trigate.llm.dialects.bedrock_converse.block_writer import BlockWriter, Written, unite, write_point
from trigate.llm.dialects.bedrock_converse.option_writer import write_options
from trigate.llm.loss import Losses

_TEXT_TOOL = {"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]}
_NO_ARGUMENTS: Written = {"type": "object", "properties": {}}
_ASK_FOR_JSON = "Answer with one JSON object and nothing else."
_BEGINNING = "(The conversation goes on.)"
_PARENTS = (MORE, "inferenceConfig", "toolConfig", "outputConfig", "serviceTier")


class AskWriter:
    """Writes one ask."""

    __slots__ = ("_blocks", "_body", "_conversation", "_losses", "_manners", "_own")

    def __init__(self, conversation: Conversation, manners: Manners, losses: Losses) -> None:
        self._conversation = conversation
        self._manners = manners
        self._losses = losses
        self._own = conversation.dialect == NAME
        self._blocks = BlockWriter(conversation.dialect, losses, manners.model)
        self._body: Written = {}

    def write(self) -> Written:
        """The whole body."""
        self._write_turns()
        self._write_tools()
        if self._conversation.output is not None:
            self._write_output(self._conversation.output)
        self._body |= unite(self._body, write_options(self._conversation, self._manners, self._losses))
        self._write_rest()
        return self._body

    def _write_turns(self) -> None:
        messages: list[Written] = []
        system: list[Written] = []
        for turn in self._conversation.turns:
            if turn.role in {"system", "developer"} and not (self._own and turn.form.get("message")):
                if messages:
                    self._losses.degrade(self._blocks.path("turn", "role"), "a part of system")
                system += self._write_turn(turn)
            else:
                self._add_message(messages, turn)
        if messages and messages[0]["role"] != "user" and not self._own:
            self._losses.degrade(self._blocks.path("turn", "role"), "words of the user come first")
            messages.insert(0, {"role": "user", "content": [{"text": _BEGINNING}]})
        if system and not messages and not self._own:
            self._losses.degrade(self._blocks.path("turn", "role"), "said by the user, as nobody else says anything")
            messages, system = [{"role": "user", "content": system}], []
        self._body["messages"] = messages
        if system:
            self._body["system"] = system

    def _write_turn(self, turn: Turn) -> list[Written]:
        if turn.name:
            self._losses.drop(self._blocks.path("turn", "name"))
        if turn.extra and not self._own:
            self._losses.drop_extra(self._blocks.path("turn"), turn.extra)
        blocks = self._blocks.write(turn.parts)
        documents = [each["document"]["name"] for each in blocks if "document" in each]
        if documents and not self._own and not any("text" in each for each in blocks):
            blocks.append({"text": documents[0]})  # a document does not stand alone
        return blocks

    def _add_message(self, messages: list[Written], turn: Turn) -> None:
        """A message of its own, or more of the last one: Bedrock's speakers take turns."""
        role = turn.role if turn.role in {"assistant", "system"} else "user"
        blocks = self._write_turn(turn)
        follows = turn.continues if self._own else bool(messages) and messages[-1]["role"] == role
        if messages and follows:
            messages[-1]["content"] += blocks
        elif self._own:
            messages.append({"role": role, "content": blocks} | turn.extra)
        elif blocks:
            messages.append({"role": role, "content": blocks})

    def _write_tools(self) -> None:
        choice = self._conversation.tool_choice
        tools: list[Written] = []
        for tool in self._conversation.tools:
            written = self._tool(tool)
            if written is not None:
                tools.append(written)
            if tool.cache is not None and tools:
                tools.append(write_point(tool.cache))
        if choice is not None and choice.mode == "none" and not self._own:
            tools = self._refrain(tools)
        config: Written = {"tools": tools} if tools else {}
        if choice is not None and (config or self._own) and choice.mode != "none":
            config["toolChoice"] = self._choice(choice)
        elif choice is not None and choice.extra:
            self._losses.drop_extra(self._blocks.path("tool_choice"), choice.extra)
        if config:
            self._body["toolConfig"] = config

    def _refrain(self, tools: list[Written]) -> list[Written]:
        """The tools although none is to be called: Bedrock wants them where the messages have calls."""
        called = any(
            isinstance(part, ToolCall | ToolResult) for turn in self._conversation.turns for part in turn.parts
        )
        if tools:
            stands = "the model is free to call them" if called else "no tool is shown"
            self._losses.degrade(self._blocks.path("tool_choice"), stands)
        return tools if called else []

    def _tool(self, tool: Tool | Opaque) -> Written | None:
        if isinstance(tool, Opaque):
            if tool.dialect == NAME:
                return tool.value
            self._losses.drop(f"tools.{tool.kind}")
            return None
        spec: Written = {"name": tool.name}
        if tool.description:
            spec["description"] = tool.description
        schema = self._schema(tool)
        if schema is not None:
            spec["inputSchema"] = {"json": schema}
        if tool.strict is not None:
            spec["strict"] = tool.strict
        if self._own:
            return unite({"toolSpec": spec}, tool.extra)
        self._losses.drop_extra(self._blocks.path("tool"), tool.extra)
        return {"toolSpec": spec}

    def _schema(self, tool: Tool) -> Any:
        if tool.custom:
            self._losses.degrade(self._blocks.path("tool", "custom"), "a function with the text as its `input`")
            return _TEXT_TOOL
        return tool.schema if tool.schema is not None or self._own else _NO_ARGUMENTS

    def _choice(self, choice: ToolChoice) -> Written:
        written: Written = {"auto": {}}
        if choice.mode == "one":
            written = {"tool": {"name": choice.name}}
        elif choice.mode == "required":
            written = {"any": {}}
        elif self._own and choice.extra and "auto" not in choice.extra:
            written = {}
        if self._own:
            return unite(written, choice.extra)
        self._losses.drop_extra(self._blocks.path("tool_choice"), choice.extra)
        return written

    def _write_output(self, output: OutputForm) -> None:
        if output.schema is None:
            self._losses.degrade(self._blocks.path("output"), "the system asks for JSON")
            self._body.setdefault("system", []).append({"text": _ASK_FOR_JSON})
            return
        written = self._conversation.form.get("schema") if self._own else None
        schema: Written = {"schema": written or msgspec.json.encode(output.schema).decode()}
        if output.name:
            schema["name"] = output.name
        if output.description:
            schema["description"] = output.description
        form: Written = {"type": "json_schema", "structure": {"jsonSchema": schema}}
        if self._own:
            form = unite(form, output.extra)
        else:
            self._losses.drop_extra(self._blocks.path("output"), output.extra)
        self._body["outputConfig"] = {"textFormat": form}

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
    """The body for Bedrock; the model's name stands in the address."""
    return AskWriter(conversation, manners, losses).write()
