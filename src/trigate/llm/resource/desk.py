"""The addresses of files and batches, in the forms of OpenAI's and Anthropic's APIs."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from trigate.core import kinds
from trigate.core.call import Call
from trigate.core.errors import MethodNotAllowed, UnsupportedMediaType
from trigate.core.exchange import Exchange
from trigate.core.lane import BodyMode, Lane, Match
from trigate.core.query import parameters
from trigate.core.request import Request
from trigate.core.settings import Duration, Size
from trigate.core.shelf import Shelf
from trigate.core.surroundings import Surroundings
from trigate.llm.address import dialect_of, without_drop_in
from trigate.llm.errand import Entry, Errand
from trigate.llm.operation import Ask
from trigate.llm.resource.batch import (
    CancelBatch,
    CreateBatch,
    CreateMessageBatch,
    DeleteBatch,
    ListBatches,
    LookAtBatch,
    ReadResults,
)
from trigate.llm.resource.caretaker import Caretaker
from trigate.llm.resource.chronicle import Chronicle
from trigate.llm.resource.conversation_desk import ConversationDesk
from trigate.llm.resource.dialogue import Dialogues
from trigate.llm.resource.family import ANTHROPIC, OPENAI, Family
from trigate.llm.resource.handle import Handles
from trigate.llm.resource.keepsake import Delete, ListKept, LookAtFile, ReadContent
from trigate.llm.resource.premises import Place, Premises
from trigate.llm.resource.recall import Memory
from trigate.llm.resource.register import Register
from trigate.llm.resource.response import ResponseErrand
from trigate.llm.resource.upload import Upload
from trigate.llm.resource.wire import Wire
from trigate.llm.settings import LlmSettings, nearest
from trigate.llm.site import Site
from trigate.llm.state_settings import StateSettings
from trigate.store.depot import Depot, Shelves
from trigate.store.depot import Place as ShelfPlace

if TYPE_CHECKING:
    from trigate.policy.call import Calls

PATIENCE = Duration(10)
"""Longest wait for the database: without what was said before there is nothing to ask."""
LONGEST = Size(4 * 2**20)
"""Most bytes of a conversation in the database."""

Make = Callable[[Exchange, bytes], Errand]
_FILES = re.compile(rb"/v1/files(?:/([^/]+)(?:/(content))?)?").fullmatch
_RESPONSES = re.compile(rb"/v1/responses/([^/]+)(?:/(input_items|cancel))?").fullmatch
_BATCHES = re.compile(rb"/v1/(messages/)?batches(?:/([^/]+)(?:/(cancel|results))?)?").fullmatch
ADDRESSES = (
    (b"POST", b"/v1/files", "llm.files.create"),
    (b"GET", b"/v1/files", "llm.files.list"),
    (b"GET", b"/v1/files/{id}", "llm.files.get"),
    (b"DELETE", b"/v1/files/{id}", "llm.files.delete"),
    (b"GET", b"/v1/files/{id}/content", "llm.files.content"),
    (b"POST", b"/v1/batches", "llm.batches.create"),
    (b"GET", b"/v1/batches", "llm.batches.list"),
    (b"GET", b"/v1/batches/{id}", "llm.batches.get"),
    (b"POST", b"/v1/batches/{id}/cancel", "llm.batches.cancel"),
    (b"POST", b"/v1/messages/batches", "llm.batches.create"),
    (b"GET", b"/v1/messages/batches", "llm.batches.list"),
    (b"GET", b"/v1/messages/batches/{id}", "llm.batches.get"),
    (b"DELETE", b"/v1/messages/batches/{id}", "llm.batches.delete"),
    (b"POST", b"/v1/messages/batches/{id}/cancel", "llm.batches.cancel"),
    (b"GET", b"/v1/messages/batches/{id}/results", "llm.batches.results"),
    (b"GET", b"/v1/responses/{id}", "llm.responses.get"),
    (b"DELETE", b"/v1/responses/{id}", "llm.responses.delete"),
    (b"GET", b"/v1/responses/{id}/input_items", "llm.responses.items"),
    (b"POST", b"/v1/responses/{id}/cancel", "llm.responses.cancel"),
)
"""All of them, with the action that each is for policy."""
ACTIONS = {(method, path): act for method, path, act in ADDRESSES}


class ResourceDesk:
    """See llm.errand.Desk."""

    __slots__ = ("_chronicle", "_dialogues", "_max_body", "_premises")

    def __init__(
        self, premises: Premises, chronicle: Chronicle | None, max_body: int, dialogues: Dialogues | None = None
    ) -> None:
        self._premises = premises
        self._chronicle = chronicle
        self._dialogues = dialogues
        self._max_body = max_body

    @property
    def premises(self) -> Premises:
        """What errands work with."""
        return self._premises

    @property
    def memory(self) -> Memory:
        """What asks refer to, and what is kept of their answers."""
        return Memory(self._premises, self._chronicle, self._dialogues)

    @property
    def conversations(self) -> ConversationDesk:
        """The desk for conversations that callers make themselves."""
        return ConversationDesk(self._premises, self._dialogues, self._max_body)

    def match(self, lane: Lane, request: Request) -> Match | None:
        """By method and path; raises MethodNotAllowed."""
        path = without_drop_in(request.path)[0]
        if (found := _FILES(path)) is not None:
            return self._match(lane, request, b"/v1/files", found[1], found[2])
        if (found := _BATCHES(path)) is not None:
            return self._match(lane, request, b"/v1/%bbatches" % (found[1] or b""), found[2], found[3])
        if (found := _RESPONSES(path)) is not None:
            return self._match(lane, request, b"/v1/responses", found[1], found[2])
        return None

    def _match(self, lane: Lane, request: Request, place: bytes, id: bytes | None, part: bytes | None) -> Match | None:
        pattern = place + (b"/{id}" if id else b"") + (b"/" + part if part else b"")
        method = b"GET" if request.method == b"HEAD" else request.method
        act = ACTIONS.get((method, pattern))
        if act is None:
            return _refuse_method(pattern)
        name = unquote_to_bytes(id or b"").decode(errors="replace")
        family = _family(place, request)
        make = self._maker(family, act, name)
        mode: BodyMode = "none" if method != b"POST" or id else "stream" if place == b"/v1/files" else "buffer"
        return Match(lane, act, mode, self._max_body, Entry(make))

    def _maker(self, family: Family, act: str, id: str) -> Make:
        if act.startswith("llm.responses."):
            premises, chronicle = self._premises, self._chronicle
            return lambda exchange, body: ResponseErrand(premises, chronicle, exchange, id, act)
        return self._file(family, act, id) if act.startswith("llm.files.") else self._batch(family, act, id)

    def _file(self, family: Family, act: str, id: str) -> Make:
        premises = self._premises
        if act == "llm.files.create":
            return lambda exchange, body: Upload(premises, family, exchange)
        if act == "llm.files.list":
            return lambda exchange, body: ListKept(premises, family, exchange, act, _purpose(exchange))
        kinds = {"llm.files.get": LookAtFile, "llm.files.delete": Delete, "llm.files.content": ReadContent}
        return lambda exchange, body: kinds[act](premises, family, exchange, id, act)

    def _batch(self, family: Family, act: str, id: str) -> Make:
        premises = self._premises
        if act == "llm.batches.create":
            return partial(_create, premises, family)
        if act == "llm.batches.list":
            return lambda exchange, body: ListBatches(premises, family, exchange, act)
        kinds = {
            "llm.batches.get": LookAtBatch,
            "llm.batches.cancel": CancelBatch,
            "llm.batches.results": ReadResults,
            "llm.batches.delete": DeleteBatch,
        }
        return lambda exchange, body: kinds[act](premises, family, exchange, id, act)


def _create(premises: Premises, family: Family, exchange: Exchange, body: bytes) -> Errand:
    form = exchange.request.fields.get(b"content-type", b"application/json")
    if form.partition(b";")[0].strip().lower() != b"application/json":
        raise UnsupportedMediaType("send the body as JSON, with `content-type: application/json`")
    return (CreateBatch if family is OPENAI else CreateMessageBatch)(premises, exchange, body)


def _family(place: bytes, request: Request) -> Family:
    if place == b"/v1/files":
        return ANTHROPIC if dialect_of(request) == "anthropic_messages" else OPENAI
    return ANTHROPIC if b"messages" in place else OPENAI


def _purpose(exchange: Exchange) -> str:
    found = parameters(exchange.request.query, b"purpose")
    return found[0].decode(errors="replace") if found else ""


def _refuse_method(pattern: bytes) -> None:
    allowed = b", ".join(method for method, path, _ in ADDRESSES if path == pattern)
    if not allowed:
        return None
    raise MethodNotAllowed(f"use {allowed.decode()} here", headers=((b"allow", allowed),))


def open_desk(  # noqa: PLR0913, PLR0917 - all that it works with
    lane: Lane,
    settings: LlmSettings,
    sites: Mapping[str, Site],
    finding: tuple[Callable[[str], Sequence[Place]], Callable[[Call, Ask], Sequence[Place]]],
    surroundings: Surroundings,
    calls: "Calls | None",
    shelves: Shelves | None,
) -> ResourceDesk:
    """The desk of one configuration; `finding` are `places` and `choose` of its premises. Raises ValueError."""
    named = settings.state.files
    if named and named not in sites:
        raise ValueError(f"llm.state.files: there is no provider {named!r}{nearest(named, sites)}")
    caretaker = surroundings.keep.adopt("llm.caretaker", None, lambda: Caretaker(surroundings))
    premises = Premises(
        settings=settings.state,
        wires={name: Wire(site, settings.max_answer) for name, site in sites.items()},
        handles=Handles(surroundings.derive("llm resources")),
        register=Register(surroundings.bus),
        places=finding[0],
        choose=finding[1],
        lane=lambda: lane,
        calls=calls,
        media=settings.media,
        caretaker=caretaker,
        max_answer=settings.max_answer,
    )
    caretaker.use(premises)
    shelf = _shelf(settings.state, shelves)
    if shelf is None:
        return ResourceDesk(premises, None, settings.max_body)
    keep, derive = float(settings.state.keep), surroundings.derive
    kept = Chronicle(shelf, keep, derive), Dialogues(shelf, keep, derive, surroundings.bus)
    return ResourceDesk(premises, kept[0], settings.max_body, kept[1])


def _shelf(settings: StateSettings, shelves: Shelves | None) -> Shelf | None:
    if settings.conversations == "off" or shelves is None:
        return None
    where: ShelfPlace | Depot = settings.conversations
    if where == "store":
        where = kinds.find(Depot, where)(timeout=PATIENCE, largest=LONGEST)  # type: ignore[call-arg] - of this kind
    return shelves.open("llm.conversations", where)
