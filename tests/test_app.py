"""What a configuration becomes: lanes in the right order, callers known by the right proof, nothing loaded in vain."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import jwt
import msgspec
import pytest

from tests.patience import PATIENCE
from tests.policy.issuer import payload
from tests.policy.toys import FakeEdge, FakeIncoming, FakeSpool, Stage
from trigate.app import build_gateway, control_services
from trigate.config.load import load_text
from trigate.core.bus import BusClosed, BusStream, Service
from trigate.core.deadlines import Deadlines
from trigate.core.errors import BadConfig
from trigate.core.ids import Ids
from trigate.core.parts import Data, Head
from trigate.core.request import Peer, Request
from trigate.core.signal import Signal
from trigate.core.surroundings import Surroundings
from trigate.llm.resource.round import SERVICE as ROUND
from trigate.mcp.stdio_order import SERVICE as STDIO
from trigate.policy.bulletin import SERVICE as DIRECTORY
from trigate.policy.bulletin import Whole
from trigate.policy.subscription import Subscription
from trigate.store.directory import Snapshot

SECRET = "canary-0123456789abcdef"
KEYS = f"policy: {{ keys: {{ dev: {{ secret: {SECRET} }} }} }}\n"
STRANGERS = "policy: { authenticators: [{ kind: anonymous, lanes: [api, llm, mcp] }] }\n"
API = 'api: { routes: { all: { targets: ["http://127.0.0.1:1"] } } }\n'
LOCAL = '{ kind: openai, base_url: "http://127.0.0.1:1/v1" }'
LLM = f"llm: {{ providers: {{ local: {LOCAL} }}, models: {{ m: {{ targets: local/x }} }} }}\n"
MCP = 'mcp: { servers: { time: { command: ["true"] } } }\n'


class FakeKeep:
    """Makes everything anew; the store is known from the start, and empty."""

    def adopt(self, name: str, settings: object, make: Callable[[], Any]) -> Any:
        thing = make()
        if isinstance(thing, Subscription):
            thing.roster.take(Whole(Snapshot(revision=0, pepper=bytes(32))))
        return thing


class FakeBus:
    """Nobody is at the other end."""

    own = ""

    async def open(self, service: str, opening: bytes = b"", owner: str = "") -> BusStream:
        raise BusClosed("nobody")

    async def tell(self, service: str, opening: bytes) -> None:
        raise BusClosed("nobody")

    def offer(self, name: str, service: Service) -> None:
        """Nobody asks."""


class Answer(msgspec.Struct):
    status: int
    body: bytes
    record: dict[str, Any]


def surroundings(spool: FakeSpool) -> Surroundings:
    return Surroundings(asyncio.get_running_loop(), Deadlines(), FakeKeep(), spool, FakeBus(), Ids())


async def ask(text: str, path: str, **fields: str) -> Answer:
    """One GET through the gateway that `text` describes."""
    spool = FakeSpool()
    gateway = build_gateway(load_text(text, "trigate.yaml", {}), surroundings(spool))
    signal = Signal(asyncio.get_running_loop())
    edge = FakeEdge(signal, Stage(), spool)
    named = {name.encode(): value.encode() for name, value in fields.items()}
    target = path.encode()
    request = Request(b"GET", target, target, b"", b"gateway.example", list(named.items()), named)
    await gateway(request, Peer("127.0.0.1"), FakeIncoming(signal, Stage(), []), edge)
    (head,) = (part for part in edge.parts if isinstance(part, Head))
    body = b"".join(part.payload for part in edge.parts if isinstance(part, Data))
    return Answer(head.status, body, spool.records[-1])


async def test_without_a_word_on_authenticators_only_a_key_opens_the_gateway():
    assert (await ask(KEYS + LLM, "/v1/models")).status == 401
    assert (await ask(KEYS + LLM, "/v1/models", authorization="Bearer wrong")).status == 401
    assert (await ask(KEYS + LLM, "/v1/models", authorization=f"Bearer {SECRET}")).status == 200


async def test_authenticators_of_the_file_are_the_only_ones():
    assert (await ask(STRANGERS + LLM, "/v1/models")).status == 200


@pytest.mark.parametrize(("path", "lane"), [("/v1/models", "llm"), ("/mcp", "mcp"), ("/orders", "api"), ("/", "api")])
async def test_a_route_for_everything_takes_nothing_from_the_other_lanes(path: str, lane: str):
    answer = await ask(KEYS + API + LLM + MCP, path)
    assert answer.status == 401
    assert answer.record["lane"] == lane


async def test_a_lane_that_the_file_does_not_name_serves_nothing():
    assert (await ask(STRANGERS + LLM, "/orders")).status == 404
    assert (await ask(STRANGERS + MCP, "/v1/models")).status == 404


async def test_what_only_building_finds_out_names_both_routes():
    clash = 'api: { routes: { a: { targets: ["http://x"] }, b: { targets: ["http://y"] } } }\n'
    with pytest.raises(ValueError, match="'a' and 'b' match the same requests"):
        await ask(STRANGERS + clash, "/")


@pytest.mark.parametrize(("lane", "offered"), [(API, False), (LLM, False), (MCP, True)])
async def test_the_control_process_runs_commands_only_for_a_file_with_tools(lane: str, offered: bool):
    services = control_services(load_text(KEYS + lane, "trigate.yaml", {}), surroundings(FakeSpool()))
    assert (STDIO in services) is offered
    assert (ROUND in services) is (lane is LLM)
    assert DIRECTORY in services


IDP = "https://idp.example"
PORTAL = "portal: { url: 'https://gateway.example' }\n"
SENT_THERE = MCP.replace("mcp: {", f"mcp: {{ authorization: {{ issuers: ['{IDP}'] }},")
JWT = (
    f"policy: {{ authenticators: [{{ kind: jwt, secret: {SECRET}{SECRET}, any_audience: true, issuer: '{IDP}' }}] }}\n"
)


def token(**claims: str) -> str:
    """Of the identity provider that JWT believes."""
    return "Bearer " + jwt.encode(payload(iss=IDP, **claims), SECRET + SECRET, "HS256")


async def test_a_token_of_an_identity_provider_is_good_at_the_endpoint_it_names():
    text = JWT + PORTAL + SENT_THERE + API
    good, other = token(aud="https://gateway.example/mcp"), token(aud="https://gateway.example/mcp/other")
    assert (await ask(text, "/mcp", authorization=good)).record["key"] == "jwt:ada"
    assert (await ask(text, "/mcp", authorization=other)).status == 401
    assert (await ask(text, "/orders", authorization=other)).status != 401


async def test_sending_clients_to_a_provider_needs_an_address_of_ones_own():
    with pytest.raises(BadConfig, match=r"portal\.url"):
        await ask(JWT + SENT_THERE, "/mcp")


LOADS = """
import asyncio, sys
from tests.test_app import *
asyncio.run(ask(sys.argv[1], "/"))
print(*sys.modules)
"""


@pytest.mark.parametrize(("lane", "name"), [(API, "api"), (LLM, "llm"), (MCP, "mcp")])
def test_building_loads_only_the_lanes_of_the_file(lane: str, name: str):
    command = [sys.executable, "-W", "ignore", "-c", LOADS, STRANGERS + lane]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE)
    lanes = {f"trigate.{each}.lane" for each in ("api", "llm", "mcp")} & set(done.stdout.split())
    assert lanes == {f"trigate.{name}.lane"}
