"""The methods callers may use, by era, and what each is called in policies and records."""

from typing import Literal

from msgspec import Struct

from trigate.mcp.fault import UnknownMethod
from trigate.mcp.version import Era


class Method(Struct, frozen=True):
    """How a method is served."""

    name: str
    action: str
    """As policies name it."""
    way: Literal["local", "list", "relay", "complete", "listen", "subscribe", "task"]
    """Answered here; merged from every server; sent to the one server it concerns; sent to the owner of a reference;
    a stream that lasts; kept for such a stream; sent to the owner of a task."""
    kind: str = ""
    """The kind of thing it is about: tool, prompt or resource."""
    member: str = ""
    """The member of `params` that names that thing."""


def _local(name: str, action: str) -> Method:
    return Method(name, f"mcp.{action}", "local")


def _list(name: str) -> Method:
    return Method(name, "mcp." + name.replace("/", "."), "list")


_SHARED = (
    _list("tools/list"),
    _list("prompts/list"),
    _list("resources/list"),
    _list("resources/templates/list"),
    Method("tools/call", "mcp.tools.call", "relay", "tool", "name"),
    Method("prompts/get", "mcp.prompts.get", "relay", "prompt", "name"),
    Method("resources/read", "mcp.resources.read", "relay", "resource", "uri"),
    Method("completion/complete", "mcp.completion.complete", "complete"),
)
_MODERN = (
    _local("server/discover", "discover"),
    Method("subscriptions/listen", "mcp.listen", "listen"),
    *(Method(f"tasks/{act}", f"mcp.tasks.{act}", "task", "task", "taskId") for act in ("get", "update", "cancel")),
)
_LEGACY = (
    _local("initialize", "initialize"),
    _local("ping", "ping"),
    _local("logging/setLevel", "logging.set_level"),
    Method("resources/subscribe", "mcp.resources.subscribe", "subscribe", "resource", "uri"),
    Method("resources/unsubscribe", "mcp.resources.unsubscribe", "subscribe", "resource", "uri"),
)
METHODS: dict[Era, dict[str, Method]] = {
    "modern": {each.name: each for each in (*_SHARED, *_MODERN)},
    "legacy": {each.name: each for each in (*_SHARED, *_LEGACY)},
}
NOTE = _local("notifications/*", "notify")
BATCH = _local("", "batch")
END = _local("", "session.end")
ANSWER = _local("", "answer")
STREAM = Method("", "mcp.listen", "listen")
"""The stream that a session listens on."""

_OLDER_TASKS = {"tasks/get", "tasks/list", "tasks/result", "tasks/cancel"}


def method(era: Era, name: str) -> Method:
    """The method of that name in an era; raises UnknownMethod."""
    found = METHODS[era].get(name)
    if found is not None:
        return found
    if era == "legacy" and name in _OLDER_TASKS:
        raise UnknownMethod(f"{name}: the gateway makes no tasks of calls in this revision, and declares none")
    raise UnknownMethod(f"there is no method {name[:100]!r} in this protocol revision")
