"""The form that an answer is to have."""

from typing import Any, cast

from trigate.llm.conversation import Conversation, OutputForm
from trigate.llm.dialects.anthropic_messages.block_writer import BlockWriter
from trigate.llm.dialects.anthropic_messages.home import JSON, unite
from trigate.llm.loss import Losses
from trigate.llm.word import word

_JUST_JSON = "Answer with one JSON object and nothing else."
_TRIED = "output_format"


def write_own_output(conversation: Conversation) -> JSON:
    """The form as it was read, in the place where it stood."""
    output = conversation.output
    if output is None:
        return {}
    written = unite({"type": "json_schema", "schema": output.schema}, output.extra)
    return {_TRIED: written} if _TRIED in conversation.form else {"output_config": {"format": written}}


def write_output(conversation: Conversation, blocks: BlockWriter, losses: Losses, body: JSON) -> None:
    """Add to a body the form that another dialect asks for."""
    output = conversation.output
    if output is None:
        return
    losses.drop_extra(word(conversation.dialect, "output"), output.extra)
    if output.schema is None:
        blocks.degrade("output", "the system asks for JSON")
        _ask_for_json(body)
        return
    _report(output, blocks)
    schema = close(output.schema)
    if schema != output.schema:
        blocks.degrade("output", "objects have no members but those named", "schema")
    body.setdefault("output_config", {})["format"] = {"type": "json_schema", "schema": schema}


def _report(output: OutputForm, blocks: BlockWriter) -> None:
    if output.name:
        blocks.drop("output", "name")
    if output.description:
        blocks.drop("output", "description")
    if output.strict is False:
        blocks.degrade("output", "the schema always binds", "strict")


def _ask_for_json(body: JSON) -> None:
    """A schema is demanded where a form is, and none is given."""
    system = body.get("system", [])
    blocks: list[JSON] = [{"type": "text", "text": system}] if type(system) is str else system
    body["system"] = [*blocks, {"type": "text", "text": _JUST_JSON}] if blocks else _JUST_JSON


def close(schema: Any) -> Any:
    """The schema with `additionalProperties: false` in every object's that does not say, as is demanded."""
    if type(schema) is list:
        return [close(each) for each in cast("list[Any]", schema)]
    if type(schema) is not dict:
        return schema
    closed = {name: _close_member(name, each) for name, each in cast(JSON, schema).items()}
    if closed.get("type") == "object" and "additionalProperties" not in closed:
        closed["additionalProperties"] = False
    return closed


def _close_member(name: str, value: Any) -> Any:
    """Names of members are no keywords, and constants no schemas."""
    if name in {"properties", "$defs", "definitions"} and type(value) is dict:
        return {each: close(inner) for each, inner in cast(JSON, value).items()}
    return value if name in {"const", "enum", "default", "examples", "required"} else close(value)
