"""Builds a gateway from a configuration; the only file that knows every part."""

import os
from collections.abc import Mapping

from trigate.config.config import Config
from trigate.core.bus import Service
from trigate.core.lane import Lane
from trigate.core.surroundings import Handler, Surroundings
from trigate.outbound.client import Client
from trigate.policy.access import Access
from trigate.policy.admission import admitting
from trigate.policy.authenticator import Circumstances, Identify
from trigate.policy.authenticators.api_key import ApiKey
from trigate.policy.bulletin import SERVICE as DIRECTORY
from trigate.policy.call import Calls
from trigate.policy.directory import Directory
from trigate.policy.limit import Limits
from trigate.policy.publisher import Publisher
from trigate.policy.record import Recorder
from trigate.policy.serve import Serve
from trigate.policy.settings import PolicySettings
from trigate.policy.subscription import Subscription
from trigate.store.keeper import open_keeper
from trigate.telemetry.log import log

_PSEUDONYM = f"trigate-{os.urandom(4).hex()}"
"""How this machine's gateway signs `via`, so that it knows its own requests when they come back."""


def build_gateway(config: Config, surroundings: Surroundings) -> Handler:
    """The handler that serves requests by this configuration; raises ValueError for what only building finds out."""
    client = Client(config.outbound, surroundings)
    recorder = Recorder(surroundings.spool)
    access = Access(config.policy.access, config.policy.access_default)
    calls = Calls(access, Limits(), (), recorder, surroundings.ids)
    lanes = _lanes(config, client, surroundings, calls)
    subscription = surroundings.keep.adopt("policy.subscription", config.store, lambda: Subscription(surroundings))
    directory = Directory(config.policy.keys, subscription)
    given = Circumstances(directory, client, surroundings)
    serve = Serve(lanes, _authenticators(config.policy, given), directory, calls, recorder, surroundings.ids)
    directory.watch(lambda: serve.review(directory.stands))
    directory.watch(lambda: _use_rules(access, directory))
    _use_rules(access, directory)
    return serve


def control_services(config: Config, surroundings: Surroundings) -> Mapping[str, Service]:
    """What the control process offers the workers over the bus."""
    keeper = open_keeper(config.store, surroundings)
    publisher = surroundings.keep.adopt("policy.publisher", config.store, lambda: Publisher(keeper, surroundings))
    offered: dict[str, Service] = {DIRECTORY: publisher.serve}
    if config.mcp is not None:
        from trigate.mcp.stdio_host import services

        offered |= services(config.mcp, surroundings)
    return offered


def _use_rules(access: Access, directory: Directory) -> None:
    """Let the rules made at run time hold from now on."""
    for problem in access.use_documents(directory.documents):
        log.error("an access rule of the store is left out", problem=problem)


def _lanes(config: Config, client: Client, surroundings: Surroundings, calls: Calls) -> list[Lane]:
    """The lanes of the file, the one with the widest addresses last."""
    lanes: list[Lane] = []
    if config.mcp is not None:
        from trigate.mcp.lane import McpLane

        lanes.append(McpLane(config.mcp, client, surroundings, calls))
    if config.llm is not None:
        from trigate.llm.lane import LlmLane

        lanes.append(LlmLane(config.llm, client, surroundings, calls))
    if config.api is not None:
        from trigate.api.lane import ApiLane

        lanes.append(ApiLane(config.api, client, _PSEUDONYM))
    return lanes


def _authenticators(policy: PolicySettings, given: Circumstances) -> list[Identify]:
    return [admitting(each.open(given)) for each in policy.authenticators or (ApiKey(),)]
