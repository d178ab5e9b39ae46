"""A caller's file on its way to a provider: received whole, looked into where it holds the asks of a batch, sent on."""

from typing import TYPE_CHECKING, Any, NoReturn

import msgspec
from msgspec import Raw

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.errors import BadRequest, GatewayError, StoreUnavailable
from trigate.core.exchange import Exchange
from trigate.core.parts import Part
from trigate.core.query import parameters
from trigate.core.stream import Incoming, Sink
from trigate.core.turn import NEXT_TURN
from trigate.llm.errand import Errand
from trigate.llm.error import InvalidParameter
from trigate.llm.member import read_members
from trigate.llm.operation import Operation
from trigate.llm.resource.family import OPENAI, Family
from trigate.llm.resource.form import Form, View, read_boundary, read_form
from trigate.llm.resource.form_body import FormBody
from trigate.llm.resource.handle import Origin
from trigate.llm.resource.kept import Kept, Object, read_object, text, write
from trigate.llm.resource.plan import BY_PATH, Plan, rewritten
from trigate.llm.resource.premises import Premises, owner_in
from trigate.llm.resource.scroll import Scroll, receive
from trigate.llm.resource.unwrap import resolver
from trigate.llm.resource.wire import at, whole
from trigate.store.holding import Holding

if TYPE_CHECKING:
    from types import CoroutineType

LINES_PER_TURN = 200
"""After so many lines others have their turn."""
_LINE = frozenset({"custom_id", "method", "url", "body"})
_text = msgspec.json.Decoder(str).decode


class Upload(Errand):
    """`POST /v1/files`."""

    __slots__ = ("_boundary", "_family", "_owner", "_premises", "_provider")

    def __init__(self, premises: Premises, family: Family, exchange: Exchange) -> None:
        """Raises UnsupportedMediaType, InvalidParameter."""
        request = exchange.request
        self._boundary = read_boundary(request.fields.get(b"content-type", b""))
        self._provider = chosen_provider(premises, family.files, request.query)
        self._premises = premises
        self._family = family
        self._owner = owner_in(exchange, premises)
        super().__init__(Action("llm.files.create", f"provider/{self._provider}"))

    def forward(self, call: Call, incoming: Incoming, sink: Sink) -> "CoroutineType[Any, Any, Part]":
        """Receive the file, then send it."""
        return self._forward(call, incoming, sink)

    async def _forward(self, call: Call, incoming: Incoming, sink: Sink) -> Part:
        with await receive(incoming, self._premises.settings.max_file) as scroll:
            form = read_form(scroll.view, self._boundary)
            if self._family is not OPENAI or form.texts.get("purpose") != b"batch":
                return await self._send(call, sink, form, scroll.view, (form.file.start, form.file.end), Kept(Raw()))
            with Scroll() as anew:
                kept = await self._rewrite(call, scroll.view, form.file.start, form.file.end, anew)
                return await self._send(call, sink, form, anew.view, (0, anew.size), kept)

    async def _rewrite(self, call: Call, view: View, start: int, stop: int, anew: Scroll) -> Kept:
        """Write the asks of a batch as the provider is to get them, line by line: the file may be larger than memory;
        what they are."""
        premises = self._premises
        plan = Plan(call, premises, self._provider, resolver(premises, self._owner, self._provider))
        url = ""
        count = 0
        while start < stop:
            end = view.find(b"\n", start, stop)
            end = stop if end < 0 else end
            line = view[start:end].strip()
            start = end + 1
            if not line:
                continue
            count += 1
            url, said = _rewritten(plan, line, url, count)
            anew.write(said + b"\n")
            if not count % LINES_PER_TURN:
                await NEXT_TURN
        if not count:
            raise InvalidParameter("a file with the asks of a batch must not be empty", "file")
        return Kept(Raw(), plan.shares, url)

    async def _send(self, call: Call, sink: Sink, form: Form, view: View, stretch: tuple[int, int], kept: Kept) -> Part:
        premises, provider, family = self._premises, self._provider, self._family
        path, body = premises.path(provider, family.files), FormBody(call.exchange.signal, form, view, stretch)
        made = read_object(await premises.wires[provider].ask(call, b"POST", path, family.dialect, body))
        shown = show_file(premises, self._owner, provider, made)
        held = Kept(Raw(write(shown)), kept.shares, kept.url)
        holding = Holding(id=text(shown, "id"), kind=family.files, owner=self._owner, body=write(held))
        try:
            await premises.register.put(holding)
        except StoreUnavailable:
            await self._take_back(call, at(path, text(made, "id")))
            raise
        return whole(sink, write(shown))

    async def _take_back(self, call: Call, path: bytes) -> None:
        """Nobody will ever be able to ask for it: have the provider forget it."""
        try:
            await self._premises.wires[self._provider].ask(call, b"DELETE", path, self._family.dialect)
        except GatewayError:
            call.flags.append("llm.file_left_behind")


def show_file(premises: Premises, owner: str, provider: str, file: Object) -> Object:
    """A provider's file as its owner is shown it."""
    id = text(file, "id")
    return {**file, "id": Raw(write(premises.handles.wrap("file", owner, Origin(provider, id))))}


def chosen_provider(premises: Premises, operation: str, query: bytes) -> str:
    """Where something new goes: as the address says, as the settings say, or to the first that takes it.

    Raises InvalidParameter.
    """
    said = parameters(query, b"provider")
    name = said[0].decode(errors="replace") if said else premises.settings.files
    offering = premises.offering(operation)
    if name in offering:
        return name
    if said or not offering:
        takers = f"these do: {', '.join(offering)}" if offering else "none here does"
        raise InvalidParameter(f"provider {name[:64]!r} takes no such thing; {takers}", "provider")
    return offering[0]


def _rewritten(plan: Plan, line: bytes, url: str, count: int) -> tuple[str, bytes]:
    """Where a line's ask goes, and the line as the provider gets it."""
    try:
        members = read_members(line, _LINE)
    except BadRequest as error:
        _refuse(count, error.message)
    said = members.get("url")
    found = _text(said) if said is not None and bytes(said)[:1] == b'"' else ""
    operation: Operation | None = BY_PATH.get(found)
    if operation is None or (url and url != found):
        _refuse(count, "`url` must be that of an ask, such as /v1/chat/completions, and the same in every line")
    body = members.get("body")
    if body is None:
        _refuse(count, "there is no `body`")
    return found, rewritten(members, "body", plan.add(operation, bytes(body)))


def _refuse(count: int, message: str) -> NoReturn:
    raise InvalidParameter(f"line {count} of the file: {message}", "file")
