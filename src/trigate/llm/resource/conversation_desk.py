"""The addresses of conversations that callers make themselves, in the form of OpenAI's API."""

import re
from urllib.parse import unquote_to_bytes

from trigate.core.errors import MethodNotAllowed
from trigate.core.exchange import Exchange
from trigate.core.lane import BodyMode, Lane, Match
from trigate.core.request import Request
from trigate.llm.address import without_drop_in
from trigate.llm.errand import Entry, Errand
from trigate.llm.error import NotOffered
from trigate.llm.header import require_json
from trigate.llm.resource.conversation import ConversationErrand
from trigate.llm.resource.dialogue import Dialogues
from trigate.llm.resource.premises import Premises

_PATH = re.compile(rb"/v1/conversations(?:/([^/]+)(?:/(items)(?:/([^/]+))?)?)?").fullmatch
ADDRESSES = (
    (b"POST", b"/v1/conversations", "llm.conversations.create"),
    (b"GET", b"/v1/conversations/{id}", "llm.conversations.get"),
    (b"POST", b"/v1/conversations/{id}", "llm.conversations.update"),
    (b"DELETE", b"/v1/conversations/{id}", "llm.conversations.delete"),
    (b"GET", b"/v1/conversations/{id}/items", "llm.conversations.items"),
    (b"POST", b"/v1/conversations/{id}/items", "llm.conversations.add"),
    (b"GET", b"/v1/conversations/{id}/items/{item}", "llm.conversations.items"),
    (b"DELETE", b"/v1/conversations/{id}/items/{item}", "llm.conversations.remove"),
)
"""All of them, with the action that each is for policy."""
ACTIONS = {(method, path): act for method, path, act in ADDRESSES}


class ConversationDesk:
    """See llm.errand.Desk."""

    __slots__ = ("_dialogues", "_max_body", "_premises")

    def __init__(self, premises: Premises, dialogues: Dialogues | None, max_body: int) -> None:
        """`dialogues` is None where the gateway keeps no conversations."""
        self._premises = premises
        self._dialogues = dialogues
        self._max_body = max_body

    def match(self, lane: Lane, request: Request) -> Match | None:
        """By method and path; raises MethodNotAllowed."""
        found = _PATH(without_drop_in(request.path)[0])
        if found is None:
            return None
        id, items, item = found[1], found[2], found[3]
        pattern = b"/v1/conversations" + (b"/{id}" if id else b"") + (b"/items" if items else b"")
        pattern += b"/{item}" if item else b""
        method = b"GET" if request.method == b"HEAD" else request.method
        act = ACTIONS.get((method, pattern))
        if act is None:
            allowed = b", ".join(each for each, path, _ in ADDRESSES if path == pattern)
            raise MethodNotAllowed(f"use {allowed.decode()} here", headers=((b"allow", allowed),))
        mode: BodyMode = "buffer" if method == b"POST" else "none"
        named, one = _text(id), _text(item)

        def make(exchange: Exchange, body: bytes) -> Errand:
            if self._dialogues is None:
                raise NotOffered("this gateway keeps no conversations (`llm.state.conversations` is off)")
            if body:
                require_json(exchange.request.fields)
            return ConversationErrand(self._premises, self._dialogues, exchange, act, named, one, body)

        return Match(lane, act, mode, self._max_body, Entry(make))


def _text(raw: bytes | None) -> str:
    return unquote_to_bytes(raw or b"").decode(errors="replace")
