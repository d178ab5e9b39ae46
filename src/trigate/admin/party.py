"""Organisations, teams, users and agents: listed, kept and deleted."""

from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec
from msgspec import Struct

from trigate.admin.answers import Announce
from trigate.admin.desk import Desk
from trigate.admin.key import check_name, check_roles
from trigate.admin.operator import RANKS, Operator, check_mention
from trigate.admin.route import Ask, Route
from trigate.admin.settings import Role
from trigate.core.errors import BadRequest, Forbidden, UnknownName
from trigate.outbound.oauth.order import CHANGED, changed
from trigate.policy.mention import Mentions
from trigate.store.directory import Agent, Organisation, Team, User

if TYPE_CHECKING:
    from trigate.store.identity import Identity

Party = TypeVar("Party", Organisation, Team, User, Agent)

PAGE = 1000


class NewTeam(Struct, frozen=True, forbid_unknown_fields=True):
    """What a team is made of, beside its name; an organisation is made of less."""

    organisation: str = ""


class NewUser(Struct, frozen=True, forbid_unknown_fields=True):
    """What a user is made of."""

    organisation: str = ""
    teams: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


class NewAgent(Struct, frozen=True, forbid_unknown_fields=True):
    """What an agent is made of."""

    organisation: str = ""
    team: str = ""
    roles: tuple[str, ...] = ()


class NewOrganisation(Struct, frozen=True, forbid_unknown_fields=True):
    """An organisation is its name."""


class Parties(Generic[Party]):
    """Serves one of the four collections."""

    def __init__(
        self,
        desk: Desk,
        mentioned: Mentions,
        plural: str,
        kind: type[Party],
        form: type[Struct],
        announce: Announce | None = None,
    ) -> None:
        """`announce` tells the workers; None where there are none."""
        self._announce = announce
        self._desk = desk
        self._mentioned = mentioned
        self._plural = plural
        self._kind = kind
        self._form = form

    def routes(self) -> list[Route]:
        """Its addresses."""
        base = f"/v1/{self._plural}"
        remover: Role = "admin" if self._kind is Organisation else "editor"
        return [
            Route("GET", base, "viewer", self.list),
            Route("GET", base + "/{name}", "viewer", self.get),
            Route("PUT", base + "/{name}", remover, self.put),
            Route("DELETE", base + "/{name}", remover, self.delete),
        ]

    async def list(self, ask: Ask) -> list[Party]:
        """In the order of their names, a thousand at a time (`after`)."""
        after, kind = ask.query.get("after", ""), self._kind
        return await self._desk.read(ask.operator, lambda rows: rows.rows(kind, after=after, limit=PAGE))

    async def get(self, ask: Ask) -> Party:
        """One."""
        return await self._desk.read(ask.operator, lambda rows: rows.get(self._kind, ask.names["name"]))

    async def put(self, ask: Ask) -> Party:
        """Make one, or change the one of this name."""
        name = ask.names["name"]
        check_name(name)
        form = ask.read(self._form)
        _check_roles(ask.operator, getattr(form, "roles", ()))
        if self._kind is Organisation and ask.operator.organisation:
            raise Forbidden("an operator of one organisation makes no others")
        row = self._kind(name=name, **msgspec.structs.asdict(form))
        check_mention(ask.operator, self._mentioned, "role", getattr(form, "roles", ()))

        def keep(rows: "Identity") -> Party:
            try:
                old = rows.get(self._kind, name)
            except UnknownName:
                check_mention(ask.operator, self._mentioned, self._plural.removesuffix("s"), [name])
                return rows.create(row)
            return rows.update(_in_the_same(old, row))

        return await self._desk.change(ask.operator, keep)

    async def delete(self, ask: Ask) -> None:
        """Delete one to which nothing belongs any more; what it was connected to is forgotten everywhere."""
        ended = await self._desk.change(ask.operator, lambda rows: rows.delete(self._kind, ask.names["name"]))
        if self._announce is not None:
            for each in ended:
                await self._announce(CHANGED, changed(each.server, each.subject))


def party_routes(desk: Desk, mentioned: Mentions, announce: Announce | None = None) -> list[Route]:
    """The addresses of all four."""
    return [
        *Parties(desk, mentioned, "organisations", Organisation, NewOrganisation, announce).routes(),
        *Parties(desk, mentioned, "teams", Team, NewTeam, announce).routes(),
        *Parties(desk, mentioned, "users", User, NewUser, announce).routes(),
        *Parties(desk, mentioned, "agents", Agent, NewAgent, announce).routes(),
    ]


def _in_the_same(old: Party, row: Party) -> Party:
    """The row, in the organisation of the one before if it names none."""
    if isinstance(row, Organisation) or row.organisation:
        return row
    return msgspec.structs.replace(row, organisation=getattr(old, "organisation", ""))


def _check_roles(operator: Operator, roles: tuple[str, ...]) -> None:
    for role in roles:
        check_name(role)
        if role in RANKS:
            raise BadRequest(f"{role!r} is a role of the admin API: give it to a key")
    check_roles(roles, operator)
