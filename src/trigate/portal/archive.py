"""The portal's way to the store: each method is one transaction, done beside the event loop."""

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from trigate.core.clock import clock
from trigate.core.errors import UnknownName
from trigate.store.directory import Key, User
from trigate.store.keeper import Keeper
from trigate.store.login import Login, Slip, digest_slip

if TYPE_CHECKING:
    from sqlalchemy import Connection

SECOND = 10**9


class Archive:
    """Slips, logins and users; every method raises StoreUnavailable while the database cannot be reached."""

    __slots__ = ("_keeper",)

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper

    # --- slips -----------------------------------------------------------------------------------------------------

    async def keep(  # noqa: PLR0913 - what is said of a slip
        self, kind: str, secret: str, seconds: float, body: Struct, *, login: str = "", user: str = "", most: int = 0
    ) -> None:
        """Keep what `secret` stands for, in whose name it acts.

        Raises NameConflict if it is kept already, or `most` of its kind are.
        """
        now = clock.wall_ns()
        slip = Slip(
            kind=kind,
            digest=digest_slip(kind, secret),
            expires=now + int(seconds * SECOND),
            login=login,
            user=user,
            body=msgspec.json.encode(body),
        )

        def put(connection: "Connection") -> None:
            from trigate.store.slip_row import put_slip  # noqa: PLC0415 - SQL is loaded in the thread

            put_slip(connection, slip, most, now)

        await self._keeper.write(put)

    async def find(self, kind: str, secret: str) -> Slip | None:
        """What `secret` stands for, None if nothing (any more)."""
        digest, now = digest_slip(kind, secret), clock.wall_ns()

        def find(connection: "Connection") -> Slip | None:
            from trigate.store.slip_row import find_slip  # noqa: PLC0415 - as above

            return find_slip(connection, digest, now)

        return await self._keeper.peek(find)

    async def take(self, kind: str, secret: str) -> Slip | None:
        """Use what is good once; `taken` of it says whether somebody did before."""
        digest, now = digest_slip(kind, secret), clock.wall_ns()

        def take(connection: "Connection") -> Slip | None:
            from trigate.store.slip_row import take_slip  # noqa: PLC0415 - as above

            return take_slip(connection, digest, now)

        return await self._keeper.write(take)

    async def extend(self, kind: str, secret: str, seconds: float) -> None:
        """Keep it for so long from now."""
        digest, until = digest_slip(kind, secret), clock.wall_ns() + int(seconds * SECOND)

        def extend(connection: "Connection") -> None:
            from trigate.store.slip_row import extend_slip  # noqa: PLC0415 - as above

            extend_slip(connection, digest, until)

        await self._keeper.write(extend)

    async def drop(self, kind: str, secret: str) -> bool:
        """Forget it; whether it was there."""
        digest = digest_slip(kind, secret)

        def drop(connection: "Connection") -> bool:
            from trigate.store.slip_row import drop_slip  # noqa: PLC0415 - as above

            return drop_slip(connection, digest)

        return await self._keeper.write(drop)

    # --- logins ----------------------------------------------------------------------------------------------------

    async def begin(self, login: Login, kind: str = "", secret: str = "") -> bool:
        """A new login; of one that a slip is exchanged for, whether that is still kept, and so it has begun."""
        digest, now = digest_slip(kind, secret) if kind else b"", clock.wall_ns()

        def begin(connection: "Connection") -> bool:
            from trigate.store.login_row import begin_login  # noqa: PLC0415 - as above
            from trigate.store.slip_row import find_slip  # noqa: PLC0415 - as above

            if digest and find_slip(connection, digest, now) is None:
                return False
            begin_login(connection, login)
            return True

        return await self._keeper.write(begin)

    async def login(self, id: str) -> Login | None:
        """The login of this id, unless it has ended or expired."""
        now = clock.wall_ns()

        def find(connection: "Connection") -> Login | None:
            from trigate.store.login_row import find_login  # noqa: PLC0415 - as above

            return find_login(connection, id, now)

        return await self._keeper.peek(find)

    async def turn(self, login: Login, seconds: float) -> bool:
        """Exchange its refresh token, which is good for so long; whether this caller did, of all that try."""
        now = clock.wall_ns()

        def turn(connection: "Connection") -> bool:
            from trigate.store.login_row import turn_login  # noqa: PLC0415 - as above

            return turn_login(connection, login, now, now + int(seconds * SECOND))

        return await self._keeper.write(turn)

    async def end(self, id: str, actor: str) -> None:
        """End a login and all its tokens; one that is not there has ended already."""
        now = clock.wall_ns()

        def end(connection: "Connection") -> None:
            from trigate.store.login_row import end_login  # noqa: PLC0415 - as above

            try:
                end_login(connection, id, actor, now)
            except UnknownName:
                return

        await self._keeper.write(end)

    # --- people ----------------------------------------------------------------------------------------------------

    async def user(self, name: str) -> User | None:
        """The user of this name."""
        from trigate.store.identity import Actor  # noqa: PLC0415 - as above

        def get(rows: Any) -> User | None:
            try:
                return rows.get(User, name)
            except UnknownName:
                return None

        return await self._keeper.look(Actor("portal"), get)

    async def password(self, user: str) -> str:
        """The hash of the user's password, empty if there is none."""

        def find(connection: "Connection") -> str:
            from trigate.store.password_row import find_password  # noqa: PLC0415 - as above

            return find_password(connection, user)

        return await self._keeper.peek(find)

    async def key_is_good(self, name: str) -> bool:
        """Whether the API key of the store with this name is valid."""
        from trigate.store.identity import Actor  # noqa: PLC0415 - as above

        now = clock.wall_ns()

        def get(rows: Any) -> bool:
            try:
                found: Key = rows.get(Key, name)
            except UnknownName:
                return False
            return not found.revoked and (not found.expires or found.expires > now)

        return await self._keeper.look(Actor("portal"), get)

    async def key(self, secret: str) -> Key | None:
        """The valid API key of the store with this secret."""
        return await self._keeper.holder(secret)
