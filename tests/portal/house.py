"""The portal's pages over a store of their own, visited by browsers and programs."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec
from msgspec import structs

from tests.mcp.stage import Spool, surround, sweeping
from tests.outbound.chaos import Keep
from trigate.core.settings import Secret
from trigate.outbound.client import Client
from trigate.outbound.settings import EgressSettings, OutboundSettings
from trigate.policy.directory import Directory
from trigate.policy.password import hash_password
from trigate.policy.settings import Key as FileKey
from trigate.portal import signing
from trigate.portal.address import Places, addresses
from trigate.portal.host import PortalHost
from trigate.portal.office import Office, Premises
from trigate.portal.resource import Resource
from trigate.portal.settings import PortalSettings
from trigate.portal.visit import Answer, Visit
from trigate.store.directory import Key, User
from trigate.store.identity import Actor
from trigate.store.keeper import Keeper
from trigate.store.password_row import set_password
from trigate.store.settings import StoreSettings

URL = "https://gateway.example"
PASSWORD = "correct horse"
FILE_KEY = "key-of-the-file-0123456789"
HASH = hash_password(PASSWORD)
ENDPOINTS = (
    Resource("/mcp", ("git", "time"), ("mcp:tools", "mcp:resources", "mcp:prompts")),
    Resource("/mcp/engineering", ("git",), ("mcp:tools", "mcp:resources", "mcp:prompts")),
)


class House:
    """An office, and what a test does in its store."""

    def __init__(self, office: Office, keeper: Keeper) -> None:
        self.office = office
        self.keeper = keeper
        self.places = Places(addresses(office.settings))
        self.host = PortalHost(office.pages())

    async def visit(
        self, method: str, target: str, body: str = "", address: str = "192.0.2.1", **fields: str
    ) -> Answer:
        """One request, as a worker hands it on."""
        path, _, query = target.partition("?")
        page = self.places.find(path.encode())
        assert page is not None, f"{path} is no page of the portal"
        assert method in page.methods
        sent = {name.replace("_", "-"): value for name, value in fields.items()}
        if method == "POST":
            sent.setdefault("content-type", "application/x-www-form-urlencoded")
        visit = Visit(
            page=page.page, method=method, path=path, query=query, fields=sent, address=address, body=body.encode()
        )
        return await self.host.answer(visit)

    async def post(self, path: str, form: dict[str, str] | None = None, **fields: str) -> Answer:
        """A form, sent by a program."""
        return await self.visit("POST", path, urlencode(form or {}), **fields)

    async def add_user(self, name: str = "ada", password: str = HASH) -> None:
        """A user of the store with the password PASSWORD."""
        await self.keeper.change(Actor("root"), lambda it: it.create(User(name=name)))
        await self.keeper.write(lambda connection: set_password(connection, User(name=name), password, "root"))

    async def add_key(self, **members: Any) -> str:
        """A key of the store; its secret."""
        row = Key(id="", prefix="", digest=b"", **{"name": "hers", "user": "ada", **members})
        return (await self.keeper.change(Actor("root"), lambda it: it.create_key(row)))[1]


class Browser:
    """Keeps cookies and sends forms as they were shown."""

    def __init__(self, house: House, address: str = "192.0.2.1") -> None:
        self.house = house
        self.address = address
        self.cookies: dict[str, str] = {}
        self.page = ""

    async def get(self, target: str) -> Answer:
        """Visit a page."""
        return self._take(await self.house.visit("GET", target, address=self.address, **self._fields()))

    async def send(self, path: str, **changes: str) -> Answer:
        """Send the form of the present page that leads to `path` and holds all these fields."""
        form = self.form(path, changes)
        fields = self._fields() | {"origin": URL, "sec_fetch_site": "same-origin"}
        body = urlencode(form | changes)
        return self._take(await self.house.visit("POST", path, body, address=self.address, **fields))

    async def send_here(self, path: str) -> Answer:
        """Send the form of the present page, which lies at `path` and sends to itself."""
        fields = self._fields() | {"origin": URL, "sec_fetch_site": "same-origin"}
        body = urlencode(self.form("", {}))
        return self._take(await self.house.visit("POST", path, body, address=self.address, **fields))

    def form(self, path: str, changes: dict[str, str]) -> dict[str, str]:
        """The hidden fields and buttons of that form."""
        for action, inside in re.findall(r'<form method="post" action="([^"]*)">(.*?)</form>', self.page, re.DOTALL):
            found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', inside)
            names = set(re.findall(r' name="([^"]*)"', inside))
            if action == path and set(changes) <= names:
                return {name: unescape(value) for name, value in found}
        raise AssertionError(f"no form leads to {path} with {sorted(changes)}:\n{self.page}")

    async def log_in(self, target: str = "", user: str = "ada", password: str = PASSWORD) -> Answer:
        """By password, as a person would."""
        await self.get(f"/oauth/login?{urlencode({'next': target})}")
        answer = await self.send("/oauth/login", user=user, password=password)
        assert answer.status == 200, self.page
        return answer

    @property
    def text(self) -> str:
        """What a reader sees."""
        return unescape(re.sub(r"<[^>]*>", " ", self.page.partition("<body>")[2]))

    def _fields(self) -> dict[str, str]:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"accept": "text/html"} | ({"cookie": cookie} if cookie else {})

    def _take(self, answer: Answer) -> Answer:
        for name, value in answer.headers:
            if name == b"set-cookie":
                self._keep(value.decode())
        self.page = answer.body.decode()
        return answer

    def _keep(self, cookie: str) -> None:
        pair, *attributes = cookie.split("; ")
        name, _, value = pair.partition("=")
        assert name.startswith("__Host-")
        assert {"Path=/", "HttpOnly", "SameSite=Lax", "Secure"} < set(attributes)
        if "Max-Age=0" in attributes:
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value


def led_by(answer: Answer) -> str:
    """Where a redirect leads, as it is written."""
    assert answer.status == 303, answer
    return dict(answer.headers)[b"location"].decode()


def led_to(answer: Answer) -> tuple[str, dict[str, str]]:
    """Where a redirect leads, without the query, and the query."""
    assert answer.status == 303, answer
    parts = urlsplit(dict(answer.headers)[b"location"].decode())
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return parts._replace(query="").geturl(), query


def read(answer: Answer) -> Any:
    """The JSON of an answer."""
    return msgspec.json.decode(answer.body)


@asynccontextmanager
async def house(folder: Path, *, loopback: bool = False, **settings: Any) -> AsyncIterator[House]:
    """A portal with two endpoints; `loopback` lets it ask services of this machine whose address strangers give."""
    signing.SETTLE_NS = 0  # no worker must hear of a key here
    around = structs.replace(surround(Spool()), keep=Keep())
    allowed = OutboundSettings(egress=EgressSettings(allow=("127.0.0.0/8",))) if loopback else OutboundSettings()
    keeper = Keeper(StoreSettings(directory=str(folder)), asyncio.get_running_loop())
    keys = {"filed": FileKey(secret=Secret(FILE_KEY), user="grace")}
    premises = Premises(keeper, Client(allowed, around), Directory(keys), around)
    async with sweeping(around.deadlines):
        try:
            yield House(Office(PortalSettings(url=URL, **settings), ENDPOINTS, premises), keeper)
        finally:
            keep: Any = around.keep
            for _, _, thing in keep.things:
                thing.drain()
            keeper.drain()
