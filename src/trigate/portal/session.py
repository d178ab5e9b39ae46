"""A browser in which somebody has logged in."""

import secrets
from urllib.parse import quote, unquote

import msgspec
from msgspec import Struct

from trigate.core.clock import clock
from trigate.core.parts import Headers
from trigate.portal.archive import Archive
from trigate.portal.browser import Browsers
from trigate.portal.reply import redirect
from trigate.portal.visit import Answer, Visit

KIND = "session"
LOGIN = "/oauth/login"
LEADS_TO = ("/oauth/authorize?", "/connect/", "/oauth/logout")
"""Where logging in may lead; nowhere else, whatever an address says."""


class Session(Struct, frozen=True, kw_only=True):
    """Who is at the browser."""

    user: str
    how: str
    """By what the person proved itself: `password`, `key`, or the name of a provider."""
    key: str = ""
    """Name of the API key, if it was one."""
    servers: tuple[str, ...] = ("*",)
    """MCP servers that key may use."""
    organisation: str = ""
    began: int = 0
    """Nanoseconds since the epoch."""
    known: bool = True
    """A user of the store: the session ends with it."""


_decode = msgspec.json.Decoder(Session).decode


class Sessions:
    """Begins, finds and ends them; the browser carries a random secret and nothing else."""

    __slots__ = ("_archive", "_browsers", "_seconds")

    def __init__(self, archive: Archive, browsers: Browsers, seconds: float) -> None:
        self._archive = archive
        self._browsers = browsers
        self._seconds = seconds

    async def find(self, visit: Visit) -> Session | None:
        """Who is at the browser, None if nobody has logged in, or the user is gone."""
        secret = self._browsers.cookie(visit, KIND)
        slip = await self._archive.find(KIND, secret) if secret else None
        if slip is None:
            return None
        found = _decode(slip.body)
        return None if found.known and await self._archive.user(found.user) is None else found

    async def begin(self, visit: Visit, session: Session) -> Headers:
        """Begin one under a fresh secret, in place of whatever the browser carried; the header fields that tell it."""
        await self.end(visit)
        secret = secrets.token_urlsafe(32)
        began = msgspec.structs.replace(session, began=clock.wall_ns())
        await self._archive.keep(KIND, secret, self._seconds, began, user=session.user)
        return self._browsers.set_cookie(KIND, secret, self._seconds)

    async def end(self, visit: Visit) -> Headers:
        """End the browser's session; the header fields that tell it."""
        secret = self._browsers.cookie(visit, KIND)
        if secret:
            await self._archive.drop(KIND, secret)
        return self._browsers.set_cookie(KIND, "", 0)


def to_login(visit: Visit) -> Answer:
    """Have the visitor log in and come back to this very page."""
    target = f"{visit.path}?{visit.query}" if visit.query else visit.path
    return redirect(f"{LOGIN}?next={quote(target, safe='')}")


def check_next(target: str) -> str:
    """Where to go after logging in: one of our own pages, else none at all."""
    plain = unquote(target)
    if not target.isascii() or not target.isprintable() or "\\" in plain or " " in target or len(target) > 8192:
        return ""
    return target if target.startswith(LEADS_TO) and ".." not in plain.partition("?")[0] else ""
