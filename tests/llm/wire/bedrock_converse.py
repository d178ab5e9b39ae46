"""What Amazon's own service model accepts: asks as boto would send them, answers and streams as it reads them."""

import itertools
import json
import re
from base64 import b64decode
from functools import cache
from typing import Any

import botocore.session
from botocore.eventstream import EventStreamBuffer
from botocore.model import ServiceModel, Shape

FUTURE = "future"
"""Members that begin so stand for those that Amazon is still to invent."""


@cache
def _service() -> ServiceModel:
    return botocore.session.get_session().get_service_model("bedrock-runtime")


def check_ask(body: dict[str, Any]) -> None:
    """Raise if Bedrock would not understand the ask."""
    _check(_service().shape_for("ConverseRequest"), body | {"modelId": "m"}, "ask")
    roles = [each["role"] for each in body["messages"]]
    assert roles[:1] in ([], ["user"]), roles
    assert all(a != b or "system" in {a, b} for a, b in itertools.pairwise(roles)), roles
    called = {b["toolUse"]["toolUseId"] for m in body["messages"] for b in m["content"] if "toolUse" in b}
    ended = {b["toolResult"]["toolUseId"] for m in body["messages"] for b in m["content"] if "toolResult" in b}
    assert ended <= called, "a result without its call"


def check_reply(body: bytes) -> None:
    """Raise if boto could not read the answer."""
    _check(_service().shape_for("ConverseResponse"), json.loads(body), "answer")


def check_stream(data: bytes) -> None:
    """Raise if boto could not read the stream."""
    buffer = EventStreamBuffer()
    buffer.add_data(data)
    output = _service().shape_for("ConverseStreamOutput")
    names: list[str] = []
    for message in buffer:
        headers = message.headers
        name = headers[":event-type" if headers[":message-type"] == "event" else ":exception-type"]
        shape = output.members[name]  # pyright: ignore[reportAttributeAccessIssue]
        _check(shape, json.loads(message.payload), name)
        names.append(name)
    if names and not names[-1].endswith("Exception") and "messageStop" in names:
        assert names[0] == "messageStart"
        assert names[-2:] in (["messageStop", "metadata"], [names[-2], "messageStop"]), names


def _check(shape: Any, value: Any, path: str) -> None:
    if getattr(shape, "is_document_type", False):
        return
    _CHECKS.get(shape.type_name, _check_plain)(shape, value, path)


def _check_structure(shape: Any, value: Any, path: str) -> None:
    assert isinstance(value, dict), path
    known = {name: each for name, each in value.items() if not name.startswith(FUTURE)}
    missing = set(shape.required_members) - set(known)
    assert not missing, f"{path} lacks {missing}"
    assert not set(known) - set(shape.members), f"{path} has unknown {set(known) - set(shape.members)}"
    if getattr(shape, "is_tagged_union", False) and len(value) == len(known):
        assert len(known) == 1, f"{path} must be one of {list(shape.members)}: {known}"
    for name, each in known.items():
        _check(shape.members[name], each, f"{path}.{name}")


def _check_list(shape: Any, value: Any, path: str) -> None:
    assert isinstance(value, list), path
    _bounded(shape, len(value), path)
    for place, each in enumerate(value):
        _check(shape.member, each, f"{path}[{place}]")


def _check_map(shape: Any, value: Any, path: str) -> None:
    assert isinstance(value, dict), path
    for name, each in value.items():
        _check(shape.key, name, path)
        _check(shape.value, each, f"{path}.{name}")


def _check_text(shape: Any, value: Any, path: str) -> None:
    assert isinstance(value, str), path
    if shape.enum:
        assert value in shape.enum, f"{path}: {value}"
    _bounded(shape, len(value), path)
    pattern = shape.metadata.get("pattern")
    if pattern:
        assert re.fullmatch(pattern, value), f"{path}: {value!r} is not {pattern}"


def _check_blob(shape: Any, value: Any, path: str) -> None:
    b64decode(value, validate=True)


def _check_plain(shape: Shape, value: Any, path: str) -> None:
    kinds: dict[str, Any] = {
        "boolean": bool,
        "integer": int,
        "long": int,
        "float": (int, float),
        "double": (int, float),
    }
    assert isinstance(value, kinds[shape.type_name]), path
    assert shape.type_name == "boolean" or not isinstance(value, bool), path
    if shape.type_name != "boolean":
        _bounded(shape, value, path)


def _bounded(shape: Any, size: float, path: str) -> None:
    assert shape.metadata.get("min", size) <= size <= shape.metadata.get("max", size), f"{path}: {size}"


_CHECKS = {
    "structure": _check_structure,
    "list": _check_list,
    "map": _check_map,
    "string": _check_text,
    "blob": _check_blob,
}
