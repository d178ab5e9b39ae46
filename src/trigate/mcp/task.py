"""Calls that go on as tasks (extension io.modelcontextprotocol/tasks): whose each is, and its name on either side."""

import base64
from collections.abc import Callable

import msgspec
from msgspec import Raw, Struct

from trigate.core.action import Action
from trigate.core.errors import VaultSealed
from trigate.core.exchange import Exchange
from trigate.core.principal import Principal
from trigate.core.shared import Derive
from trigate.mcp.ask import Ask
from trigate.mcp.envelope import Members, encode, read_text
from trigate.mcp.fault import INVALID_PARAMS, Fault
from trigate.mcp.method import NOTE
from trigate.mcp.session import owner_of
from trigate.mcp.view import View

ID = "taskId"
TASK = b'"task"'
"""The `resultType` of a call that goes on."""
_LONGEST_OWN, _LONGEST = 1024, 4096
"""Characters of a server's own id, and of what callers are given for it."""
_USE = "mcp.tools.call"
_text = msgspec.json.Decoder(str).decode


class Task(Struct, array_like=True, frozen=True):
    """What an id that a caller was given stands for."""

    server: str
    tool: str
    id: str
    """The server's own."""

    @property
    def resource(self) -> str:
        """The tool that was called."""
        return f"server/{self.server}/tool/{self.tool}"


class Tasks:
    """Seals ids and opens them: any worker opens what another one sealed, and for nobody but its owner."""

    __slots__ = ("_key", "_may")

    def __init__(self, derive: Derive, may: Callable[[Exchange, Action], bool]) -> None:
        """`may` tells whether the caller of an exchange may do something."""
        self._key = derive("mcp tasks")
        self._may = may

    def place(self, exchange: Exchange, ask: Ask) -> Action:
        """Find the server of the task that an ask is about.

        It is an act upon the endpoint; what may no longer be called has no tasks any more. Raises Fault.
        """
        task = self.find(exchange, ask.view, read_text(ask.params.get(ID), ID))
        if task is None:
            ask.fault = Fault(INVALID_PARAMS, "there is no such task")
        else:
            ask.server, ask.subject, ask.task = task.server, task.id, task
        return Action((ask.method or NOTE).action, ask.view.resource)

    def find(self, exchange: Exchange, view: View, given: str) -> Task | None:
        """The task that a caller's id stands for; None for what is not, or no longer, one of this caller's."""
        task = self._open(given, view, exchange.principal)
        return task if task is not None and self.is_usable(exchange, view, task) else None

    def hand_out(self, ask: Ask, principal: Principal, found: Members) -> None:
        """Put the id for the caller in the place of the server's; raises ValueError if there is none of use."""
        try:
            own = _text(found.get(ID, Raw(b"null")))
        except msgspec.DecodeError:
            raise ValueError("the id of its task is no text") from None
        if not 0 < len(own) <= _LONGEST_OWN:
            raise ValueError("the id of its task is empty or too long")
        if ask.task is not None and ask.task.id == own:
            found[ID] = ask.params[ID]
        else:
            found[ID] = Raw(encode(self._seal(Task(ask.server, ask.subject, own), ask.view, principal)))

    def is_usable(self, exchange: Exchange, view: View, task: Task) -> bool:
        """Whether its caller may still make calls like the one that it was made of."""
        return view.shows(task.server, "tool", task.tool) and self._may(exchange, Action(_USE, task.resource))

    def _seal(self, task: Task, view: View, principal: Principal) -> str:
        from trigate.store.seal import seal  # noqa: PLC0415 - cryptography is loaded with the first task

        sealed = seal(self._key, msgspec.msgpack.encode(task), *_place(view, principal))
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def _open(self, text: str, view: View, principal: Principal | None) -> Task | None:
        from trigate.store.seal import unseal  # noqa: PLC0415 - as above

        if principal is None or len(text) > _LONGEST or not text.isascii():
            return None
        try:
            sealed = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
            return msgspec.msgpack.decode(unseal(self._key, sealed, *_place(view, principal)), type=Task)
        except (ValueError, VaultSealed):
            return None


def _place(view: View, principal: Principal) -> tuple[str, ...]:
    return "mcp task", view.name, owner_of(principal)
