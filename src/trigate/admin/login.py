"""Logins of clients, and the passwords of those who log in."""

from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import asdict

from trigate.admin.desk import Desk
from trigate.admin.key import check_roles
from trigate.admin.operator import Operator
from trigate.admin.route import Ask, Route
from trigate.core.clock import clock
from trigate.core.errors import BadRequest
from trigate.policy.password import read_hash
from trigate.store.directory import User

if TYPE_CHECKING:
    from sqlalchemy import Connection

HIDDEN = ("generation", "turned", "ended")


class NewPassword(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `PUT /v1/users/NAME/password`."""

    hash: str
    """`scrypt$…`, made where the password was typed; empty: the user has none from now on."""


class Logins:
    """Serves `/v1/logins` and `/v1/users/NAME/password`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """Its addresses."""
        return [
            Route("GET", "/v1/logins", "viewer", self.list),
            Route("DELETE", "/v1/logins/{id}", "editor", self.revoke),
            Route("PUT", "/v1/users/{name}/password", "editor", self.set_password),
        ]

    async def list(self, ask: Ask) -> list[dict[str, Any]]:
        """Those that hold, the newest first; of one `user` or `client` only if told."""
        equal = {name: ask.query[name] for name in ("user", "client") if name in ask.query}
        tenant, now = ask.operator.organisation or None, clock.wall_ns()

        def find(connection: "Connection") -> list[dict[str, Any]]:
            from trigate.store.login_row import list_logins  # noqa: PLC0415 - SQL is loaded when it is needed

            found = list_logins(connection, now, tenant, equal)
            return [{name: value for name, value in asdict(each).items() if name not in HIDDEN} for each in found]

        return await self._desk.query(find)

    async def revoke(self, ask: Ask) -> None:
        """End a login: its tokens are no longer good, in any worker, within a second."""
        tenant, now, actor = ask.operator.organisation or None, clock.wall_ns(), _actor(ask.operator)

        def end(connection: "Connection") -> None:
            from trigate.store.login_row import end_login  # noqa: PLC0415 - as above

            end_login(connection, ask.names["id"], actor, now, tenant)

        await self._desk.note(end)

    async def set_password(self, ask: Ask) -> None:
        """Give a user a password, in place of the one before."""
        hashed = ask.read(NewPassword).hash
        if hashed:
            try:
                read_hash(hashed)
            except ValueError as error:
                raise BadRequest(str(error)) from None
        user = await self._desk.read(ask.operator, lambda rows: rows.get(User, ask.names["name"]))
        check_roles(user.roles, ask.operator)  # whoever sets a password can act as its user
        actor = _actor(ask.operator)

        def put(connection: "Connection") -> None:
            from trigate.store.password_row import set_password  # noqa: PLC0415 - as above

            set_password(connection, user, hashed, actor)

        await self._desk.note(put)


def _actor(operator: Operator) -> str:
    return f"operator:{operator.name}"
