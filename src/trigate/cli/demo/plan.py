"""What one run of the demo is made of: ports, keys, the providers found here, and the configuration that says so."""

import json
import secrets
import socket
from collections.abc import Mapping

from msgspec import Struct

from trigate.cli.demo.provider import CHAT_MODEL, EMBEDDING_MODEL
from trigate.config.discovery import FoundProvider, find_providers
from trigate.config.draft import provider_lines
from trigate.config.load import load_text
from trigate.config.problem import InvalidConfig

HOST = "127.0.0.1"
PORT = 8080
LAST_PORT = 65535

_TEXT = """\
# What the demo serves. Change it while the demo runs: the gateway takes it over by itself.
inbound: {{ listen: {host}:{port} }}
admin: {{ listen: {host}:{admin_port} }}
store: {{ directory: {directory} }}
policy:
  keys:
    demo: {{ secret: {key}, lanes: [api, llm, mcp] }}
api:
  routes:
    hello: {{ match: {{ path: /hello }}, targets: [{service}] }}
    echo: {{ match: {{ path: /echo }}, targets: [{service}] }}
    ticks: {{ match: {{ path: /ticks }}, targets: [{service}] }}
llm:
  providers:
    demo:
      kind: openai
      base_url: {provider}/v1
      api_key: {provider_key}
{providers}  models:
    demo: {{ targets: demo/{chat} }}
    demo-embedding: {{ targets: demo/{embedding} }}
mcp:
  servers:
    demo: {{ command: {command}, start: eager }}
"""


class Plan(Struct, frozen=True):
    """One run."""

    port: int
    admin_port: int
    key: str
    """What callers send."""
    provider_key: str
    """What the gateway sends to the demo's own provider."""
    providers: tuple[FoundProvider, ...] = ()
    """Real providers whose key is in the environment: they add models and replace none."""
    notes: tuple[str, ...] = ()
    """What is other than expected, for the person who started the demo."""

    @property
    def url(self) -> str:
        """Where callers connect."""
        return f"http://{HOST}:{self.port}"


def make_plan(port: int | None, variables: Mapping[str, str]) -> Plan:
    """A plan with fresh keys; `port` is the caller's wish, 0 for any free one, None for the usual one if it is free.

    Raises OSError if the wish cannot be fulfilled.
    """
    chosen, notes = _choose(PORT, "callers") if port is None else (_free_port(port), [])
    beside = chosen + 1 if port != 0 and chosen < LAST_PORT else 0
    admin_port, more = _choose(beside, "operators")
    found = find_providers(variables)
    usable = tuple(each for each in found if _is_usable(each, variables))
    unusable = [f"${each.variable} holds no usable key: left out" for each in found if each not in usable]
    return Plan(chosen, admin_port, _new_key(), _new_key(), usable, (*notes, *more, *unusable))


def configuration(plan: Plan, directory: str, service: str, provider: str, command: list[str]) -> str:
    """The text of the file; `service` and `provider` are the URLs of the demo's own, `command` starts its tools."""
    return _TEXT.format(
        host=HOST,
        port=plan.port,
        admin_port=plan.admin_port,
        directory=json.dumps(directory),
        key=plan.key,
        service=json.dumps(service),
        provider=provider,
        provider_key=plan.provider_key,
        providers="".join(f"{line}\n" for each in plan.providers for line in provider_lines(each)),
        chat=CHAT_MODEL,
        embedding=EMBEDDING_MODEL,
        command=json.dumps(command),
    )


def _new_key() -> str:
    return f"tg-demo-{secrets.token_hex(12)}"


def _choose(port: int, whom: str) -> tuple[int, list[str]]:
    """The port if it is free, else another one and what to tell about it."""
    try:
        return _free_port(port), []
    except OSError:
        chosen = _free_port(0)
        return chosen, [f"port {port} is taken: {whom} find the gateway at {HOST}:{chosen}"]


def _free_port(port: int) -> int:
    # Without SO_REUSEPORT, so that a port somebody else listens on counts as taken.
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise OSError(error.errno, f"cannot listen on {HOST}:{port}: {error.strerror}") from None
        return int(probe.getsockname()[1])


def _is_usable(found: FoundProvider, variables: Mapping[str, str]) -> bool:
    """Whether the gateway would start with this provider: a strange variable must not stop the demo."""
    lines = ["llm:", "  providers:", *provider_lines(found)]
    try:
        load_text("\n".join(lines), "demo", variables)
    except InvalidConfig:
        return False
    return True
