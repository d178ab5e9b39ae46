"""Questions of a server in the words of the caller's revision; what both know stays the bytes it was."""

from typing import Any, cast

import msgspec
from msgspec import Raw

from trigate.mcp.envelope import Members, encode, read_value
from trigate.mcp.fault import QuestionFailed
from trigate.mcp.question import Question
from trigate.mcp.version import MODERN, is_reserved

_members = msgspec.json.Decoder(Members).decode
_HOP_LOCAL = ("task",)
_RICH = "2025-11-25"
"""The first revision whose forms have modes, defaults, titled choices and several choices (elicitation: schema)."""


def rephrase(question: Question, version: str) -> Question:
    """The question for a caller of this revision; raises QuestionFailed if it cannot be put to one."""
    if not len(question.params):
        return question
    try:
        params = _members(question.params)
    except (msgspec.DecodeError, RecursionError):
        raise QuestionFailed("the server asks for input without saying what as an object") from None
    changed = _strip(params)
    if question.method == "elicitation/create":
        changed |= _elicitation(params, version)
    return Question(question.method, Raw(encode(params))) if changed else question


def _strip(params: Members) -> bool:
    """Take out what concerns the server's hop alone."""
    changed = False
    for key in _HOP_LOCAL:
        changed |= params.pop(key, None) is not None
    meta = params.pop("_meta", None)
    if meta is not None:
        changed = True
        own = {key: each for key, each in _object(meta).items() if key != "progressToken" and not is_reserved(key)}
        if own:
            params["_meta"] = Raw(encode(own))
    return changed


def _elicitation(params: Members, version: str) -> bool:
    if version == MODERN:
        return params.pop("elicitationId", None) is not None
    if version >= _RICH:
        return False
    changed = params.pop("mode", None) is not None
    schema = params.get("requestedSchema")
    if schema is not None:
        params["requestedSchema"] = Raw(encode(_plain_schema(_object(schema))))
        changed = True
    return changed


def _plain_schema(schema: dict[str, Any]) -> dict[str, Any]:
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return schema
    plain = {key: _plain_property(key, each) for key, each in cast("dict[str, Any]", properties).items()}
    return {**schema, "properties": plain}


def _plain_property(name: str, value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    found = {key: each for key, each in cast("dict[str, Any]", value).items() if key != "default"}
    if found.get("type") == "array":
        raise QuestionFailed(f"the caller cannot be asked for several choices at once, as in {name[:100]!r}")
    choices = found.pop("oneOf", None)
    if isinstance(choices, list):
        pairs = [cast("dict[str, Any]", each) for each in cast("list[Any]", choices) if isinstance(each, dict)]
        found["enum"] = [each.get("const") for each in pairs]
        found["enumNames"] = [each.get("title", each.get("const")) for each in pairs]
    return found


def _object(raw: Raw) -> dict[str, Any]:
    try:
        value = read_value(raw)
    except (msgspec.DecodeError, RecursionError):
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
