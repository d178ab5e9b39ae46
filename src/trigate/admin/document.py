"""Rules and limits made at run time: each is what the file would hold, as JSON, and is checked like the file."""

from collections.abc import Callable
from typing import Any, Literal

import msgspec
from msgspec import Struct

from trigate.admin.desk import Desk
from trigate.admin.key import check_name
from trigate.admin.route import Ask, Route
from trigate.core.errors import BadRequest, UnknownName
from trigate.store.directory import Document

DocumentKind = Literal["access", "limit"]
Check = Callable[[DocumentKind, str, bytes], None]
"""Raises BadRequest unless the body, given with kind and name, is what the file could hold there."""

LARGEST = 64 * 1024


class ShownDocument(Struct, frozen=True):
    """A rule or limit as the admin API shows it."""

    name: str
    organisation: str
    created: int
    body: msgspec.Raw


class Documents:
    """Serves `/v1/access` or `/v1/limits`."""

    def __init__(self, desk: Desk, kind: DocumentKind, place: str, check: Check) -> None:
        self._desk = desk
        self._kind: DocumentKind = kind
        self._place = place
        self._check = check

    def routes(self) -> list[Route]:
        """Its addresses."""
        one = self._place + "/{name}"
        return [
            Route("GET", self._place, "viewer", self.list),
            Route("GET", one, "viewer", self.get),
            Route("PUT", one, "editor", self.put),
            Route("DELETE", one, "editor", self.delete),
        ]

    async def list(self, ask: Ask) -> list[ShownDocument]:
        """All of them, in the order of their names."""
        return [_show(each) for each in await self._desk.read(ask.operator, lambda rows: rows.documents(self._kind))]

    async def get(self, ask: Ask) -> ShownDocument:
        """One."""
        name = ask.names["name"]
        found = await self._desk.read(ask.operator, lambda rows: rows.documents(self._kind, name))
        if not found:
            raise UnknownName(f"nothing of this kind is called {name!r}; what the file declares is not shown here")
        return _show(found[0])

    async def put(self, ask: Ask) -> ShownDocument:
        """Make one, or exchange the one of this name."""
        name = ask.names["name"]
        check_name(name)
        if len(ask.body) > LARGEST:
            raise BadRequest(f"at most {LARGEST} bytes")
        body = msgspec.json.encode(ask.read(dict[str, Any]))  # one spelling, each member once
        self._check(self._kind, name, body)
        document = Document(kind=self._kind, name=name, body=body, organisation=ask.operator.organisation)
        return _show(await self._desk.change(ask.operator, lambda rows: rows.put_document(document)))

    async def delete(self, ask: Ask) -> None:
        """Delete one."""
        await self._desk.change(ask.operator, lambda rows: rows.delete_document(self._kind, ask.names["name"]))


def _show(document: Document) -> ShownDocument:
    return ShownDocument(document.name, document.organisation, document.created, msgspec.Raw(document.body))
