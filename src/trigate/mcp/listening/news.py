"""What servers say about themselves: that a list, a resource or a task is not what it was."""

import msgspec
from msgspec import Struct

from trigate.mcp.envelope import encode, notification
from trigate.mcp.message import Message

PLURALS = ("tools", "prompts", "resources")
"""Lists that servers say have changed; templates belong to the resources."""
CHANGED = {plural: f"notifications/{plural}/list_changed" for plural in PLURALS}
UPDATED = "notifications/resources/updated"
TASK = "notifications/tasks"
NEWS = frozenset({*CHANGED.values(), UPDATED, TASK})
"""Methods of notifications that are news."""
_PLURAL_OF = {method: plural for plural, method in CHANGED.items()}
_LONGEST_URI = 8192


class News(Struct, frozen=True):
    """One thing a server said."""

    server: str
    plural: str = ""
    """The list that changed; empty if a resource did."""
    uri: str = ""
    """The resource that changed, by the server's own name; or the task, as `task_wish` writes it."""
    state: bytes = b""
    """What is said of the task."""


_TASK = "\0"
"""Begins what is listened for that is a task: no URI begins so."""


def task_wish(id: str) -> str:
    """A task of a server, among the resources that it is asked to tell of."""
    return _TASK + id


def is_task(wish: str) -> bool:
    """Whether it is one."""
    return wish[:1] == _TASK


class _State(Struct, rename="camel"):
    task_id: str = ""


class _Updated(Struct):
    uri: str = ""


_decode = msgspec.json.Decoder(_Updated).decode
_decode_state = msgspec.json.Decoder(_State).decode


def read_news(server: str, message: Message) -> News | None:
    """The news in a notification; None if there is none that can be understood."""
    plural = _PLURAL_OF.get(message.method)
    if plural is not None:
        return News(server, plural)
    if message.method not in {UPDATED, TASK}:
        return None
    try:
        if message.method == TASK:
            return News(server, uri=task_wish(_decode_state(message.params).task_id), state=bytes(message.params))
        uri = _decode(message.params).uri
    except (msgspec.DecodeError, RecursionError):
        return None
    return News(server, uri=uri) if 0 < len(uri) <= _LONGEST_URI else None


def note(news: News, shown: str = "", subscription: bytes = b"") -> bytes:
    """The news as a caller is told: of a resource by the name `shown`, under the id of the listen it asked with.

    `subscription` is JSON text, empty for the older protocol (2026-07-28, subscriptions).
    """
    meta = b'"_meta":{"io.modelcontextprotocol/subscriptionId":%b}' % subscription if subscription else b""
    if news.plural:
        return notification(CHANGED[news.plural], b"{%b}" % meta)
    return notification(UPDATED, b'{"uri":%b%b}' % (encode(shown), b"," + meta if meta else b""))


def covers(subscribed: str, uri: str) -> bool:
    """Whether news of `uri` are for those who subscribed: it may be a part of that resource (2025-11-25, resources)."""
    if not uri.startswith(subscribed):
        return False
    return len(uri) == len(subscribed) or subscribed[-1:] == "/" or uri[len(subscribed)] in "/#?"
