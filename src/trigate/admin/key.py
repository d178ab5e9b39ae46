"""Keys: made, listed, rotated and revoked; a secret is in one answer only, the one that made it."""

import ipaddress
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta, Struct

from trigate.admin.desk import Desk
from trigate.admin.operator import RANKS, Operator, check_mention
from trigate.admin.route import Ask, Made, Route
from trigate.core.clock import clock
from trigate.core.errors import BadRequest, Forbidden
from trigate.policy.glob import Globs
from trigate.policy.mention import Mentions
from trigate.store.directory import Key

if TYPE_CHECKING:
    from trigate.store.identity import Identity

SECOND = 10**9
PAGE = 1000
LONGEST_NAME = 128

State = Literal["valid", "expired", "revoked"]
Seconds = Annotated[float, Meta(ge=0, le=100 * 366 * 86_400)]
"""A time from now; a moment after a century is none that the store can hold."""


class NewKey(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The body of `POST /v1/keys`."""

    name: str
    user: str = ""
    agent: str = ""
    team: str = ""
    organisation: str = ""
    roles: tuple[str, ...] = ()
    lanes: tuple[Literal["api", "llm", "mcp"], ...] = ("api", "llm", "mcp")
    models: tuple[str, ...] = ("*",)
    servers: tuple[str, ...] = ("*",)
    routes: tuple[str, ...] = ("*",)
    addresses: tuple[str, ...] = ()
    may_act_for_users: bool = False
    expires_in: Seconds = 0.0
    """0: never."""


class Rotation(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `POST /v1/keys/NAME/rotate`."""

    grace: Seconds = 0.0
    """How long the old secret is still accepted."""


class ShownKey(Struct, frozen=True):
    """A key as the admin API shows it: nothing that could be used in its place."""

    name: str
    id: str
    prefix: str
    state: State
    user: str
    agent: str
    team: str
    organisation: str
    roles: tuple[str, ...]
    lanes: tuple[str, ...]
    models: tuple[str, ...]
    servers: tuple[str, ...]
    routes: tuple[str, ...]
    addresses: tuple[str, ...]
    may_act_for_users: bool
    expires: int
    created: int
    created_by: str


class Keys:
    """Serves `/v1/keys`."""

    def __init__(self, desk: Desk, mentioned: Mentions) -> None:
        """`mentioned` are the names that the file says something about."""
        self._desk = desk
        self._mentioned = mentioned

    def routes(self) -> list[Route]:
        """Its addresses."""
        return [
            Route("GET", "/v1/keys", "viewer", self.list),
            Route("POST", "/v1/keys", "editor", self.create),
            Route("GET", "/v1/keys/{name}", "viewer", self.get),
            Route("POST", "/v1/keys/{name}/rotate", "editor", self.rotate),
            Route("DELETE", "/v1/keys/{name}", "editor", self.revoke),
        ]

    async def list(self, ask: Ask) -> list[ShownKey]:
        """Keys in the order of their names, a thousand at a time (`after`); valid ones only unless `all`."""
        columns = {name: ask.query[name] for name in ("team", "user", "agent", "organisation") if name in ask.query}
        after = ask.query.get("after", "")

        def find(rows: "Identity") -> list[Key]:
            return rows.with_teams(rows.rows(Key, after=after, limit=PAGE, **columns))

        shown = [show(each) for each in await self._desk.read(ask.operator, find)]
        return shown if ask.query.get("all") == "true" else [each for each in shown if each.state == "valid"]

    async def get(self, ask: Ask) -> ShownKey:
        """One key."""
        name = ask.names["name"]
        (found,) = await self._desk.read(ask.operator, lambda rows: rows.with_teams([rows.get(Key, name)]))
        return show(found)

    async def create(self, ask: Ask) -> Made:
        """A new key, and its secret."""
        wanted = ask.read(NewKey)
        _check(wanted)
        check_mention(ask.operator, self._mentioned, "key", [wanted.name])
        check_mention(ask.operator, self._mentioned, "role", wanted.roles)
        expires = clock.wall_ns() + int(wanted.expires_in * SECOND) if wanted.expires_in else 0
        members = {name: getattr(wanted, name) for name in NewKey.__struct_fields__ if name != "expires_in"}
        row = Key(id="", prefix="", digest=b"", expires=expires, **members)
        _check_grant(row, ask.operator)
        return Made(await self._desk.change(ask.operator, lambda rows: _told(rows, rows.create_key(row))))

    async def rotate(self, ask: Ask) -> dict[str, Any]:
        """A new secret for a key."""
        grace, name = int(ask.read(Rotation).grace * SECOND), ask.names["name"]

        def rotate(rows: "Identity") -> dict[str, Any]:
            _check_grant(rows.get(Key, name), ask.operator)  # whoever is told a key's secret is given all that it may
            return _told(rows, rows.rotate_key(name, grace))

        return await self._desk.change(ask.operator, rotate)

    async def revoke(self, ask: Ask) -> None:
        """End a key."""
        name = ask.names["name"]

        def revoke(rows: "Identity") -> None:
            check_roles(rows.get(Key, name).roles, ask.operator)  # nobody locks out those above them
            rows.revoke_key(name)

        await self._desk.change(ask.operator, revoke)


def _told(rows: "Identity", made: tuple[Key, str]) -> dict[str, Any]:
    """A key and its secret, for the one answer that has both."""
    key, secret = made
    return {"key": show(rows.with_teams([key])[0]), "secret": secret}


def show(key: Key) -> ShownKey:
    """What operators see of a key."""
    members = {name: getattr(key, name) for name in ShownKey.__struct_fields__ if name != "state"}
    return ShownKey(state=_state(key), **members)


def _state(key: Key) -> State:
    if key.revoked:
        return "revoked"
    return "expired" if key.expires and key.expires < clock.wall_ns() else "valid"


def _check(wanted: NewKey) -> None:
    """Raises BadRequest for what no key can be."""
    check_name(wanted.name)
    if ":" in wanted.name or wanted.name == "anonymous":
        raise BadRequest("a key's name has no colon and is not `anonymous`: so callers are called that have no key")
    for each in wanted.addresses:
        try:
            ipaddress.ip_network(each)
        except ValueError:
            raise BadRequest(f"{each!r} is not a network such as 10.0.0.0/8") from None


def _check_grant(key: Key, operator: Operator) -> None:
    """Raises Forbidden for a key that may more than whoever makes it, or learns its secret."""
    check_roles(key.roles, operator)
    holder = operator.key
    if holder is None:
        return
    for what in ("lanes", "models", "servers", "routes"):
        held: Sequence[str] = getattr(holder, what)
        for each in getattr(key, what):
            if not covers(held, each):
                raise Forbidden(f"{operator.name!r} cannot grant {each!r} of {what}: it does not hold that itself")
    if key.may_act_for_users and not holder.may_act_for_users:
        raise Forbidden(f"{operator.name!r} may not act for users, and cannot grant it")
    if holder.expires and not 0 < key.expires <= holder.expires:
        raise Forbidden(f"{operator.name!r} expires, and cannot grant a longer life than its own")
    if holder.addresses and not _lie_in(key.addresses, holder.addresses):
        raise Forbidden(f"{operator.name!r} is bound to networks, and cannot grant others")


def _lie_in(wanted: Sequence[str], held: Sequence[str]) -> bool:
    networks = [ipaddress.ip_network(each) for each in held]
    return bool(wanted) and all(
        any(type(one) is type(each) and one.subnet_of(each) for each in networks)  # pyright: ignore[reportArgumentType]
        for one in map(ipaddress.ip_network, wanted)
    )


def check_roles(roles: Sequence[str], operator: Operator) -> None:
    """Raises Forbidden for roles that this operator cannot give to others."""
    for role in roles:
        if role in RANKS:
            if RANKS[role] > RANKS[operator.role]:
                raise Forbidden(f"{operator.name!r} has the role {operator.role!r} and cannot grant {role!r}")
        elif operator.key is not None and role not in operator.key.roles:
            raise Forbidden(f"{operator.name!r} does not have the role {role!r} and cannot grant it")


def covers(held: Sequence[str], wanted: str) -> bool:
    """Whether a glob that is wanted matches nothing that those held do not match."""
    return "*" in held or wanted in held or ("*" not in wanted and Globs(held).fit(wanted))


def check_name(name: str) -> None:
    """Raises BadRequest for a name that could not be told in a record, a header field or a path."""
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable() or name != name.strip() or "/" in name:
        raise BadRequest(f"a name has 1 to {LONGEST_NAME} printable characters, no slash, and no space at its ends")
