"""What the `mcp` section of the configuration says: servers, endpoints, sessions and bounds."""

import re
from typing import Literal
from urllib.parse import urlsplit

from msgspec.structs import force_setattr

from trigate.core.settings import Duration, Secret, Settings, Size
from trigate.mcp.authorization import AuthorizationSettings
from trigate.mcp.care_settings import BreakerSettings, Concurrency, Results
from trigate.mcp.naming import LONGEST
from trigate.mcp.sandbox import Sandbox
from trigate.mcp.tool_settings import Tool
from trigate.outbound.credential import Credential

_NAME = re.compile(r"[A-Za-z0-9_-]{1,48}")
_SHORTEST = 64
"""What leaves room for the longest name of a server, a digest, and something to read."""
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OWN_HEADERS = ("mcp-", "content-", "accept", "host", "connection", "transfer-encoding", "te", "upgrade", "keep-alive")


class ServerTimeouts(Settings):
    """How long a server may take."""

    greet: Duration = Duration(30)
    """Finding out which protocol it speaks and saying hello, the start of its process included."""
    probe: Duration = Duration(3)
    """How long a process may leave the first question unanswered before it is also asked in the older protocol."""
    list: Duration = Duration(10)
    """Fetching one of its lists, all pages; a caller waits no longer for this server's part of a merged list."""
    write: Duration = Duration(60)
    """How long a command may read nothing of what waits for it behind a full pipe; then it is ended, the calls it had
    are told so, and it starts again when it is needed."""
    call: Duration = Duration(300)
    """A whole call, progress included."""


class Processes(Settings):
    """How many processes of a command there are, and whose."""

    per: Literal["server", "principal", "session"] = "server"
    """Who shares one: all callers; the calls of one caller; those of one session, where a caller of the older protocol
    has one. Lists come from a process that all share."""
    most: int = 16
    """Most processes that callers have for themselves; beyond, one that is unused ends for a new caller."""
    warm: int = 0
    """Processes kept started for callers that have none yet."""
    idle: Duration | None = None
    """A process unused for so long ends, and starts again when it is needed; `10m` where callers have their own."""

    def __post_init__(self) -> None:
        if self.most < 1 or not 0 <= self.warm <= self.most:
            raise ValueError("most is at least 1, and warm between 0 and most")
        if self.idle is not None and self.idle < 1:
            raise ValueError("idle is at least 1s")
        if self.idle is None and self.per != "server":
            force_setattr(self, "idle", Duration(600))


class Server(Settings):
    """A tool server: a command to run, or a URL; exactly one of the two."""

    command: tuple[str, ...] = ()
    """Program and arguments of a server that speaks over its standard input and output; no shell is involved."""
    env: dict[str, Secret] = {}
    """Environment of the command, beside `PATH`, `HOME` and `LANG`; nothing else is passed on."""
    cwd: str = ""
    """Working directory of the command; by default the gateway's own."""
    sandbox: Sandbox | None = None
    """Where the command runs and what it may do; by default it is a process like others of the gateway's user."""
    processes: Processes = Processes()
    """How many processes of the command there are, and whose."""
    url: str = ""
    """Address of a server that speaks Streamable HTTP, or of the stream of one that speaks HTTP+SSE."""
    transport: Literal["auto", "streamable_http", "sse"] = "auto"
    """How a server at `url` is spoken to: `sse` is the transport of 2024-11-05, one stream of events and an address for
    messages, which servers often offer at `/sse`; `auto` tries `streamable_http` first."""
    headers: dict[str, Secret] = {}
    """Header fields sent with every request to `url`, such as `authorization`."""
    credential: Credential | None = None
    """How the gateway proves itself at `url`, where constant `headers` are not all: tokens that run out, signatures,
    certificates."""
    era: Literal["auto", "legacy", "modern"] = "auto"
    """`legacy` speaks 2025-11-25 and earlier (with `initialize`), `modern` 2026-07-28; `auto` asks the server."""
    start: Literal["lazy", "eager"] = "lazy"
    """Whether the command is run when it is first needed or with the gateway."""
    sessions: Literal["principal", "caller", "shared"] = "principal"
    """Who shares what a server of the older protocol keeps for a session: the calls of one principal; those of one
    session of a caller of the older protocol; or all whose callers can be asked for the same."""
    ttl: Duration = Duration(60)
    """How long its lists are reused when the server does not say."""
    timeouts: ServerTimeouts = ServerTimeouts()
    """How long it may take."""
    max_message: Size = Size(16 * 2**20)
    """Largest message it may send; a longer one ends the call."""
    check: Literal["off", "arguments", "all"] = "arguments"
    """What is checked against the schemas of its tools: what they are given, or also the structured results they give.
    """
    tools: dict[str, Tool] = {}
    """Tools that are shown otherwise than the server shows them, by the server's own names."""
    concurrency: Concurrency | None = None
    """How many calls it has under way at once; by default there is no bound."""
    breaker: BreakerSettings = BreakerSettings()
    """When it is left alone for a while."""
    retries: int = 1
    """How often a call is made once more that nobody has acted on: no connection could be made; or it failed on the way
    and does no harm, which is said of everything but tools, and of tools only by `trust_annotations`."""
    trust_annotations: bool = False
    """Whether the server is believed which of its tools are read-only or idempotent."""
    results: Results = Results()
    """What becomes of its results that are too large."""
    pin: Literal["off", "first_seen", "approved"] = "off"
    """What its definitions are held to: nothing; what each was when it was seen first; what an operator has approved
    (`trigate mcp approve`). A tool, prompt or resource that differs is neither shown nor used until it is approved.
    """
    pins: tuple[Literal["tools", "prompts", "resources"], ...] = ("tools", "prompts", "resources")
    """What of it `pin` is about; resources with their templates, which a server with ever new resources may leave out.
    """
    suspicious: Literal["off", "flag", "hide"] = "flag"
    """What becomes of tools, prompts and resources with hidden letters, or orders to models, in their definitions: they
    are told of in the log and by `trigate mcp drift`, or also held back until they are approved.
    """

    def __post_init__(self) -> None:
        runs = bool(self.command) or (self.sandbox is not None and self.sandbox.supplies_program())
        if runs == bool(self.url):
            raise ValueError("a server has either `command` or `url`")
        if self.url:
            _check_url(self)
        else:
            _check_command(self)


class Endpoint(Settings):
    """A scoped view at `/mcp/NAME`: some servers, and of them some tools, resources and prompts."""

    servers: tuple[str, ...] = ()
    """Names of the servers it shows, in the order of its lists."""
    include: tuple[str, ...] = ()
    """Other endpoints: what they show is shown here too, unless it is denied here."""
    allow: tuple[str, ...] = ()
    """What is shown of its own servers, all if empty: `S/T` (a thing T of server S, of any kind) or `server/S/KIND/T`;
    `*` is any text."""
    deny: tuple[str, ...] = ()
    """What is not shown even if allowed, written like `allow`."""
    prefix: bool = True
    """Whether names carry their server's (`git__push`); may be off where there is only one server."""
    instructions: str = ""
    """What its callers are told to begin with, before what its servers say."""
    tools: dict[str, Tool] = {}
    """Tools that are shown otherwise here, by `SERVER/TOOL`; what is not said here is as it is said at the server."""

    def __post_init__(self) -> None:
        if not self.servers and not self.include:
            raise ValueError("an endpoint shows at least one server, or includes another endpoint")
        if len(set(self.servers)) != len(self.servers):
            raise ValueError("a server is named twice")
        if not self.prefix and (len(self.servers) != 1 or self.include):
            raise ValueError("`prefix: false` needs exactly one server, else names would clash")


class SessionSettings(Settings):
    """Sessions of callers that speak the older protocol."""

    ttl: Duration = Duration(1800)
    """A session unused for so long is forgotten; its caller is told to start again."""
    max: int = 10_000
    """About how many sessions are remembered; beyond, one unused for long makes room."""


class QuestionSettings(Settings):
    """What servers, and the gateway itself, ask of callers while a call is under way."""

    answer: Duration = Duration(600)
    """How long a caller may take to answer; this does not count as time that the server takes."""
    rounds: int = 10
    """How often a server may ask in one call of a caller of the older protocol."""
    max: int = 128
    """Most calls that wait for answers of callers of 2026-07-28 within servers of the older protocol, per worker."""
    per_principal: int = 16
    """Most of those of one principal."""
    per_server: int = 32
    """Most of those at one server."""


class McpSettings(Settings):
    """The lane for tool traffic."""

    servers: dict[str, Server] = {}
    """Tool servers by name; tools show as `NAME__TOOL`."""
    endpoints: dict[str, Endpoint] = {}
    """Scoped views by name; `/mcp` itself shows every server."""
    allowed_origins: tuple[str, ...] = ()
    """Web origins (`https://app.example`) whose pages may call, beside those of this machine's loopback."""
    sessions: SessionSettings = SessionSettings()
    """Sessions of callers that speak the older protocol."""
    authorization: AuthorizationSettings | None = None
    """Whose tokens are accepted beside those of the portal's authorization server; needs `portal.url`."""
    questions: QuestionSettings = QuestionSettings()
    """What is asked of callers while their calls are under way."""
    max_body: Size = Size(4 * 2**20)
    """Largest message of a caller."""
    page: int = 1000
    """Most things on one page of a list; longer lists come in several, for which clients ask with the cursor they were
    given."""
    max_batch: int = 32
    """Most messages in one batch (a feature of protocol version 2025-03-26 only)."""
    orphan: Duration = Duration(300)
    """How long a call of the older protocol goes on after its caller's connection was lost."""
    longest_instructions: Size = Size(16 * 2**10)
    """Letters of what callers are told to begin with, to which each server adds what it says itself. With 0 they are
    told what their endpoint says, and nothing of servers."""
    longest_name: int = LONGEST
    """Letters of a tool's or prompt's shown name; a longer one, or one with letters that not every client takes, is cut
    and ends in a digest of the whole."""

    def __post_init__(self) -> None:
        for name in self.servers:
            _check_name("server", name)
        for name, endpoint in self.endpoints.items():
            _check_name("endpoint", name)
            if name == "sse":
                raise ValueError("no endpoint is called 'sse': /mcp/sse is for callers that speak HTTP+SSE")
            for server in (*endpoint.servers, *(each.partition("/")[0] for each in endpoint.tools)):
                if server not in self.servers:
                    raise ValueError(f"endpoint {name!r} shows server {server!r}, which is not configured")
            _check_included(self, name, ())
        if not 1 <= self.page <= 10_000:
            raise ValueError("`page` is between 1 and 10000")
        if not _SHORTEST <= self.longest_name <= 1024:
            raise ValueError(f"`longest_name` is between {_SHORTEST} and 1024")
        for origin in self.allowed_origins:
            parts = urlsplit(origin)
            if not parts.scheme or not parts.netloc or origin != f"{parts.scheme}://{parts.netloc}":
                raise ValueError(f"{origin!r} is not an origin such as https://app.example")


def _check_name(what: str, name: str) -> None:
    # Names are taken apart at the first `__`, so that must be the one between server and tool.
    if not _NAME.fullmatch(name) or "__" in name or name.endswith("_"):
        raise ValueError(f"{what} {name!r}: a name has 1 to 48 of A-Z a-z 0-9 _ -, no `__` in it and no `_` at its end")


def _check_included(settings: McpSettings, name: str, path: tuple[str, ...]) -> None:
    if name in path:
        raise ValueError(f"endpoint {name!r} includes itself by way of {' and '.join(path)}")
    for each in settings.endpoints[name].include:
        if each not in settings.endpoints:
            raise ValueError(f"endpoint {name!r} includes endpoint {each!r}, which is not configured")
        _check_included(settings, each, (*path, name))


def _check_url(server: Server) -> None:
    parts = urlsplit(server.url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("`url` starts with http:// or https:// and names a host")
    if parts.username or parts.password or parts.fragment:
        raise ValueError("`url` carries no user, password or fragment; use `headers` for credentials")
    if server.transport == "sse" and server.era == "modern":
        raise ValueError("`transport: sse` is of the older protocol")
    if server.env or server.cwd or server.sandbox is not None or server.processes != Processes():
        raise ValueError("`env`, `cwd`, `sandbox` and `processes` belong to a server with a `command`")
    for name, value in server.headers.items():
        if not _HEADER.fullmatch(name) or name.lower().startswith(_OWN_HEADERS):
            raise ValueError(f"header {name!r} cannot be set here")
        if any(ord(each) < 32 or ord(each) > 126 for each in value.reveal()):
            raise ValueError(f"the value of header {name!r} has characters that are not printable ASCII")
        if server.credential is not None and name.lower().encode() in server.credential.names():
            raise ValueError(f"the header {name!r} is the credential's: set it in one place")


def _check_command(server: Server) -> None:
    if server.headers:
        raise ValueError("`headers` belong to a server with a `url`")
    if server.transport != "auto":
        raise ValueError("`transport` belongs to a server with a `url`")
    if server.credential is not None:
        raise ValueError("`credential` belongs to a server with a `url`; a command is given what it needs by `env`")
    if "" in server.command[:1] or any("\0" in each for each in server.command):
        raise ValueError("`command` is a list: the program, then its arguments")
    for name in server.env:
        if not name or "=" in name or "\0" in name:
            raise ValueError(f"{name!r} is not the name of an environment variable")
