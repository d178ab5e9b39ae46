"""The input of an ask, item by item, as turns: what the model said up to the next words of others is one turn."""

from collections.abc import Callable
from typing import Any, get_args

from trigate.llm.conversation import Extra, Opaque, Part, Role, Text, ToolCall, ToolResult, Turn
from trigate.llm.dialects.openai_responses.content_reader import NAME, read_content
from trigate.llm.dialects.openai_responses.namespace import MEMBER, join
from trigate.llm.dialects.openai_responses.thought import CALL, read_reasoning
from trigate.llm.node import Fault, Node

BARE = "bare"
"""In a turn's `form`: it was the whole input, as a text."""
_ROLES = frozenset(get_args(Role)) - {"tool"}
_OTHERS = ("_output", "mcp_approval_response", "additional_tools", "configuration_update", "compaction_trigger")
"""How the kinds of those items end that are no words of the model."""
_BOOKKEEPING = ("id", "status")
"""Members of items that mean nothing to any other dialect."""


def read_input(value: Any, fault: Fault, path: str = "input") -> list[Turn]:
    """The turns of an input, which is a text or a list of items."""
    if type(value) is str:
        return [Turn("user", [Text(text=value)], plain=True, form={BARE: True})]
    if type(value) is not list:
        raise fault(f"`{path}` must be a text or a list", path)
    reader = ItemReader(fault)
    for place, each in enumerate(value):  # type: ignore[reportUnknownVariableType] - JSON
        reader.read(each, f"{path}[{place}]")
    return reader.turns


class ItemReader:
    """Takes items in their order."""

    __slots__ = ("_fault", "_names", "_said", "_seal", "_speaking", "turns")

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self.turns: list[Turn] = []
        self._names: dict[str, str] = {}
        """Of the tools, by the identifiers of their calls."""
        self._speaking: Turn | None = None
        """The model's turn, while it lasts."""
        self._said = False
        """Whether that turn has a message already."""
        self._seal: tuple[str, str] | None = None
        """Signature and maker of the tool's call that follows."""

    def read(self, value: Any, path: str) -> None:
        """Add what an item says."""
        node = Node(value, self._fault, path)
        kind = node.text("type") or ("message" if "role" in value else "")
        reader = _READERS.get(kind)
        if reader is not None:
            reader(self, value, path)
        elif not kind:
            node.refuse("type", "the kind of an item")
        else:
            self._keep(kind, value)

    def message(self, value: dict[str, Any], path: str) -> None:
        """A message of anyone."""
        node = Node(value, self._fault, path)
        role = node.text("role")
        if role not in _ROLES:
            node.refuse("role", "one of `assistant`, `developer`, `system` and `user`")
        content = node.take("content")
        form = _bookkeeping(node, "type", *_BOOKKEEPING)
        plain = type(content) is str
        parts = self._content(content, node)
        turn = Turn(role, parts, plain=plain, extra=node.rest(), form=form)  # type: ignore[reportArgumentType] - checked
        if role == "assistant" and parts:
            self._say(turn)
        else:
            self._end()
            self.turns.append(turn)

    def _content(self, content: Any, node: Node) -> list[Part]:
        if type(content) is str:
            return [Text(text=content)]
        if type(content) is not list:
            node.refuse("content", "a text or a list")
        return read_content(content, self._fault, node.under("content"))  # type: ignore[reportUnknownArgumentType] - JSON

    def _say(self, message: Turn) -> None:
        """A message of the model goes on with its turn; a second one has a turn of its own."""
        turn = self._speaking
        if turn is None or self._said:
            message.continues = turn is not None
            self.turns.append(message)
            self._speaking = message
        else:
            turn.parts += message.parts
            turn.plain, turn.extra, turn.form = message.plain, message.extra, message.form
        self._said = True

    def reasoning(self, value: dict[str, Any], path: str) -> None:
        """What the model thought."""
        thoughts = read_reasoning(value, self._fault, path)
        if thoughts[0].maker.startswith(CALL):
            self._seal = thoughts[0].signature, thoughts[0].maker.removeprefix(CALL)
        else:
            self._add(*thoughts)

    def call(self, value: dict[str, Any], path: str) -> None:
        """A call of a function."""
        self._call(read_call(value, self._fault, path))

    def custom_call(self, value: dict[str, Any], path: str) -> None:
        """A call of a tool that takes a plain text."""
        self._call(read_call(value, self._fault, path, custom=True))

    def _call(self, call: ToolCall) -> None:
        if self._seal is not None:
            (call.signature, call.maker), self._seal = self._seal, None
        self._names[call.id] = call.name
        self._add(call)

    def result(self, value: dict[str, Any], path: str) -> None:
        """What a function gave."""
        self._result(Node(value, self._fault, path), custom=False)

    def custom_result(self, value: dict[str, Any], path: str) -> None:
        """What a tool gave that takes a plain text."""
        self._result(Node(value, self._fault, path), custom=True)

    def _result(self, node: Node, *, custom: bool) -> None:
        node.take("type")
        call = node.need_text("call_id")
        output = node.take("output")
        form = _bookkeeping(node, *_BOOKKEEPING)
        if type(output) is str:
            form["plain"] = True
            parts: list[Part] = [Text(text=output)]
        elif type(output) is list:
            parts = read_content(output, self._fault, node.under("output"))  # type: ignore[reportUnknownArgumentType] - JSON
        else:
            node.refuse("output", "a text or a list")
        name = self._names.get(call, "")
        result = ToolResult(call=call, name=name, parts=parts, custom=custom, extra=node.rest(), form=form)
        self._end()
        self.turns.append(Turn("tool", [result]))

    def _keep(self, kind: str, value: dict[str, Any]) -> None:
        """An item that only this dialect has."""
        part = Opaque(dialect=NAME, kind=kind, value=value)
        if kind.endswith(_OTHERS):
            self._end()
            self.turns.append(Turn("user", [part]))
        else:
            self._add(part)

    def _add(self, *parts: Part) -> None:
        if self._speaking is None:
            self._speaking = Turn("assistant", [])
            self.turns.append(self._speaking)
        self._speaking.parts += parts

    def _end(self) -> None:
        """Others speak."""
        self._speaking, self._said = None, False


def read_call(value: dict[str, Any], fault: Fault, path: str, *, custom: bool = False) -> ToolCall:
    """A call of a function, or of a tool that takes a plain text."""
    node = Node(value, fault, path)
    node.take("type")
    name, namespace = node.need_text("name"), node.text(MEMBER)
    call = ToolCall(
        id=node.need_text("call_id"),
        name=join(namespace, name) if namespace else name,
        arguments=node.need_text("input" if custom else "arguments"),
        custom=custom,
        form=_bookkeeping(node, *_BOOKKEEPING),
        extra=node.rest(),
    )
    if namespace:
        call.form |= {"name": name, MEMBER: namespace}
    return call


def _bookkeeping(node: Node, *names: str) -> Extra:
    return {name: value for name in names if (value := node.take(name)) is not None}


_READERS: dict[str, Callable[[ItemReader, dict[str, Any], str], None]] = {
    "message": ItemReader.message,
    "reasoning": ItemReader.reasoning,
    "function_call": ItemReader.call,
    "custom_tool_call": ItemReader.custom_call,
    "function_call_output": ItemReader.result,
    "custom_tool_call_output": ItemReader.custom_result,
}
