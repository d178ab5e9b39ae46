"""A tool server and its authorization server at one address, played to the letter of what a test sets."""

import asyncio
import contextlib
from typing import Any, Self
from urllib.parse import parse_qs, parse_qsl, urlsplit

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from tests.outbound.chaos import surroundings_of
from tests.outbound.local_bus import DictSafe, LocalBus
from tests.patience import PATIENCE
from trigate.core.connection import Connection, Subject
from trigate.core.settings import Secret
from trigate.core.shared import derive_alone
from trigate.outbound.client import Client
from trigate.outbound.credentials.oauth import Oauth
from trigate.outbound.oauth.agreement import Return, Setting
from trigate.outbound.oauth.challenge import Challenge
from trigate.outbound.oauth.connector import Connector
from trigate.outbound.oauth.order import Given, Wanted, ask
from trigate.outbound.oauth.plan import Plan
from trigate.outbound.settings import EgressSettings, OutboundSettings

ADA = Subject("acme", user="ada")
PUBLIC = "https://gateway.example"
PROTECTED = "/.well-known/oauth-protected-resource/mcp"
METADATA = "/.well-known/oauth-authorization-server"


class Asked(Struct):
    """One request."""

    method: str
    target: str
    fields: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """Its body as a form."""
        return dict(parse_qsl(self.body.decode()))


class Authority:
    """Answers what is in `documents` by path, a list one after the other; the last one again and again.

    What is to be said may be a function of the request, which gives status, header lines and body.
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.documents: dict[str, list[tuple[int, Any]]] = {}
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self.server_url = f"{self.url}/mcp"
        self.resource: dict[str, Any] = {"resource": self.server_url, "authorization_servers": [self.url]}
        self.metadata: dict[str, Any] = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "registration_endpoint": f"{self.url}/register",
            "revocation_endpoint": f"{self.url}/revoke",
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "authorization_response_iss_parameter_supported": True,
        }
        self.documents[PROTECTED] = [(200, self.resource)]
        self.documents[METADATA] = [(200, self.metadata)]
        self.documents["/register"] = [(201, {"client_id": "c1", "client_secret": "canary-of-client"})]
        self.documents["/revoke"] = [(200, {})]
        self.tokens(token("a1", "r1"), token("a2", "r2"), token("a3", "r3"))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    def tokens(self, *answers: tuple[int, Any]) -> None:
        """What the token endpoint will say."""
        self.documents["/token"] = list(answers)

    def posted(self, path: str) -> list[Asked]:
        """Requests to a path."""
        return [each for each in self.asked if urlsplit(each.target).path == path]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while True:
                await self._talk(reader, writer)
        writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        fields = dict(each.lower().split(": ", 1) for each in lines[1:] if each)
        case = dict(each.split(": ", 1) for each in lines[1:] if each)
        if "authorization" in fields:
            fields["authorization"] = next(value for name, value in case.items() if name.lower() == "authorization")
        body = await reader.readexactly(int(fields.get("content-length", 0)))
        method, target, _ = lines[0].split(" ")
        self.asked.append(Asked(method, target, fields, body))
        await self.may_answer.wait()
        waiting = self.documents.get(urlsplit(target).path, [(404, {})])
        status, said = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        lines = ""
        if callable(said):
            play: Any = said
            status, lines, said = play(self.asked[-1])
        data = said if isinstance(said, bytes) else msgspec.json.encode(said)
        head = f"HTTP/1.1 {status} X\r\n{lines}content-length: {len(data)}\r\n\r\n"
        writer.write(head.encode() + data)


def token(access: str, refresh: str = "", **more: Any) -> tuple[int, dict[str, Any]]:
    """An answer of the token endpoint."""
    given = {"access_token": access, "token_type": "Bearer", "expires_in": 3600, **more}
    return 200, given | ({"refresh_token": refresh} if refresh else {})


class Rows(DictSafe):
    """A safe with connections."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, tuple[Connection, str]] = {}

    async def connection(self, server: str, subject: str) -> tuple[Connection, str] | None:
        self._check()
        place = (server, subject)
        return next((each for each in self.rows.values() if (each[0].server, each[0].subject) == place), None)

    async def connection_of(self, id: str) -> tuple[Connection, str] | None:
        self._check()
        return self.rows.get(id)

    async def keep_connection(self, row: Connection, secret: str) -> None:
        self._check()
        known = await self.connection(row.server, row.subject)
        id = known[0].id if known else f"id{len(self.rows)}"
        self.rows[id] = replace(row, id=id), secret

    async def drop_connection(self, id: str, actor: str) -> bool:
        self._check()
        return self.rows.pop(id, None) is not None


class Scene(Struct, eq=False):
    """The control process's side, and workers that ask it."""

    authority: Authority
    safe: Rows = field(default_factory=Rows)
    connector: Connector | None = None
    bus: LocalBus | None = None

    def open(self, public: str = PUBLIC, **settings: Any) -> "Scene":
        """Read a credential, as a file has it."""
        if "client_secret" in settings:
            settings["client_secret"] = Secret(settings["client_secret"])
        return self.use(Oauth(**settings).plan("it", self.authority.server_url, public))

    def use(self, plan: Plan, **egress: Any) -> "Scene":
        """Go on with this plan, after a restart."""
        outbound = OutboundSettings(egress=EgressSettings(**egress))
        client = Client(outbound, surroundings_of(asyncio.get_running_loop()))
        self.connector = Connector(self.safe, derive_alone, Setting({plan.server: plan}, client))
        self.bus = LocalBus(self.connector.serve)
        return self

    @property
    def agreement(self) -> Any:
        """What leads browsers."""
        assert self.connector is not None
        return self.connector.agreement

    async def give(self, rejected: str = "", subject: Subject = ADA, **challenge: str) -> Given:
        """What a worker is given; with words of a challenge, after the server turned it away."""
        assert self.bus is not None
        told = Challenge(**challenge) if challenge else None
        async with asyncio.timeout(PATIENCE):
            return await ask(self.bus, Wanted("it", subject, rejected, told), Given)

    async def link(self, subject: Subject = ADA, **challenge: str) -> str:
        """The ticket in the link that a worker is given."""
        given = await self.give(subject=subject, **(challenge or {"error": "invalid_token"}))
        assert given.link, given.problem
        return given.link.rpartition("/")[2]

    async def leave(self, ticket: str, browser: str = "b" * 43) -> dict[str, str]:
        """Agree on the page; what the authorization server is told."""
        location = await self.agreement.start(ticket, browser)
        return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}

    async def connect(self, subject: Subject = ADA, **challenge: str) -> dict[str, str]:
        """Do all that is needed; what the authorization server was told."""
        told = await self.leave(await self.link(subject, **challenge))
        await self.agreement.finish(Return(told["state"], "b" * 43, "code-1", self.authority.metadata["issuer"]))
        return told
