"""How one operation goes to one target: in which dialect, and by which path."""

from msgspec import Struct

from trigate.llm.bridge import Bridge
from trigate.llm.casing import Casing
from trigate.llm.chat_dialect import ChatDialect
from trigate.llm.chat_dialects import find_chat_dialect
from trigate.llm.operation import Operation
from trigate.llm.provider import Provider
from trigate.llm.task_operation import TaskOperation


class Way(Struct, frozen=True):
    """Paths within the provider's origin, and what is spoken there."""

    plain: bytes
    streamed: bytes
    dialect: ChatDialect
    """Of a chat: spoken there. Of anything else: that of its errors."""
    direct: bool
    """The caller speaks the same."""
    bridge: Bridge | None = None
    """Tells what is no chat in another dialect. If `plain` is empty, the gateway answers by itself."""
    casing: Casing | None = None
    """What is put around it; None if nothing is."""


def find_way(operation: Operation, provider: Provider, model: str) -> Way | None:
    """The way, without translation if there is one; None if the provider does not offer the operation."""
    way = _way(operation.name, operation.dialect, provider, model, direct=True)
    if way is None and isinstance(operation, TaskOperation):
        return _crossing(operation, provider, model)
    if way is None and operation.is_chat:
        for dialect in provider.dialects():
            way = _way(dialect, dialect, provider, model, direct=False)
            if way is not None:
                break
    return way


def _crossing(operation: TaskOperation, provider: Provider, model: str) -> Way | None:
    """The first that the provider offers of what leads to the same."""
    for crossing in operation.crossings():
        path = provider.path(crossing.name, model, streamed=False) if crossing.name else b""
        if path is not None:
            casing = provider.casing(crossing.name, model)
            spoken = find_chat_dialect(crossing.dialect)
            return Way(path, path, spoken, direct=False, bridge=crossing.bridge, casing=casing)
    return None


def _way(name: str, dialect: str, provider: Provider, model: str, *, direct: bool) -> Way | None:
    plain, streamed = (provider.path(name, model, streamed=streamed) for streamed in (False, True))
    if plain is None or streamed is None:
        return None
    return Way(plain, streamed, find_chat_dialect(dialect), direct, casing=provider.casing(name, model))
