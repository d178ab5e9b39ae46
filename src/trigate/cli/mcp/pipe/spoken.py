"""A message of a client, as far as the way to the gateway depends on it."""

import json
from typing import Any, cast

from msgspec import Struct

from trigate.mcp.compose import SUBJECTS
from trigate.mcp.mirror import encode_value
from trigate.mcp.version import PROTOCOL_VERSION


class Spoken(Struct, frozen=True):
    """One line."""

    text: bytes
    id: str
    """As JSON text; empty if nothing is answered. That of a batch is made up."""
    method: str
    """Empty for a response, and for a batch."""
    params: dict[str, Any]
    version: str
    """The revision it claims, empty in the older protocol."""

    @property
    def cancels(self) -> str:
        """The id of the request that it cancels, as JSON text."""
        return json.dumps(self.params.get("requestId")) if self.method == "notifications/cancelled" else ""

    @property
    def subject(self) -> str:
        """The tool, prompt or resource it names where header fields repeat that."""
        name = self.params.get(SUBJECTS.get(self.method, ""))
        return name if isinstance(name, str) else ""

    @property
    def fields(self) -> dict[str, str]:
        """What a message of the newer protocol repeats in header fields (2026-07-28, transports)."""
        fields = {"mcp-protocol-version": self.version, "mcp-method": self.method}
        if self.subject:
            fields["mcp-name"] = encode_value(self.subject).decode()
        return fields


def read(text: bytes) -> Spoken:
    """Raises ValueError for what is no JSON."""
    found: Any = json.loads(text)
    if not isinstance(found, dict):
        return Spoken(text, "[]", "", {}, "")
    message = cast("dict[str, Any]", found)
    params, method = _object(message.get("params")), message.get("method")
    version = _object(params.get("_meta")).get(PROTOCOL_VERSION)
    spoken = method if isinstance(method, str) else ""
    id = json.dumps(message["id"]) if spoken and message.get("id") is not None else ""
    return Spoken(text, id, spoken, params, version if isinstance(version, str) else "")


def is_answer(text: bytes, id: str) -> bool:
    """Whether a message of the gateway is the response to the request of this id."""
    try:
        found: Any = json.loads(text)
    except ValueError:
        return False
    if not isinstance(found, dict):
        return True
    message = cast("dict[str, Any]", found)
    return "method" not in message and json.dumps(message.get("id")) == id


def _object(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
