"""Tools of other dialects, and the choice among them."""

from trigate.llm.conversation import Conversation, Opaque, Tool
from trigate.llm.dialects.anthropic_messages.block_writer import BlockWriter
from trigate.llm.dialects.anthropic_messages.home import JSON
from trigate.llm.loss import Losses
from trigate.llm.word import word

KINDS = {"auto": "auto", "required": "any", "one": "tool", "none": "none"}
"""What each mode of choice is called here."""
PLAIN: JSON = {"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]}
"""What a tool takes that takes a plain text elsewhere."""
_EMPTY: JSON = {"type": "object", "properties": {}}


def write_tools(conversation: Conversation, blocks: BlockWriter, losses: Losses) -> JSON:
    """The member `tools`, if there are any."""
    tools: list[JSON] = []
    for tool in conversation.tools:
        if isinstance(tool, Opaque):
            blocks.drop("tool", why=f"a tool of the provider's own: {tool.kind}")
            continue
        losses.drop_extra(word(conversation.dialect, "tool"), tool.extra)
        tools.append(_write_tool(tool, blocks))
    return {"tools": tools} if tools else {}


def _write_tool(tool: Tool, blocks: BlockWriter) -> JSON:
    written: JSON = {"name": tool.name, "input_schema": PLAIN if tool.custom else _schema(tool)}
    if tool.custom:
        blocks.degrade("tool", "a tool whose one argument `input` is the text", "custom")
    if tool.description:
        written["description"] = tool.description
    if tool.strict:
        written["strict"] = True
    blocks.cache(written, tool.cache, "tool")
    return written


def _schema(tool: Tool) -> JSON:
    """An object's, as a tool's arguments must be."""
    if not tool.schema:
        return _EMPTY
    return tool.schema if "type" in tool.schema else {"type": "object", **tool.schema}


def write_choice(conversation: Conversation, blocks: BlockWriter, losses: Losses, body: JSON) -> None:
    """Add the member `tool_choice` to a body that has `tools` and `thinking` already."""
    choice = conversation.tool_choice
    if choice is not None:
        losses.drop_extra(word(conversation.dialect, "tool_choice"), choice.extra)
    if "tools" not in body:
        return
    written: JSON = {"type": KINDS[choice.mode]} if choice is not None else {}
    if choice is not None and choice.mode == "one":
        written["name"] = choice.name
    if conversation.parallel is False and written.get("type") != "none":
        written = {"type": "auto", **written, "disable_parallel_tool_use": True}
    if written:
        body["tool_choice"] = written
    if written.get("type") in {"any", "tool"} and body.get("thinking", {}).get("type") in {"enabled", "adaptive"}:
        blocks.degrade("reasoning", "no thinking, as a tool is forced")
        body["thinking"] = {"type": "disabled"}
