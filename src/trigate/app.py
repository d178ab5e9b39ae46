"""Builds a gateway from a configuration; the only file that knows every part."""

import os
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from trigate.config.amendment import read_limit
from trigate.config.config import Config
from trigate.core.bus import Service
from trigate.core.hidden import hidden
from trigate.core.lane import Lane
from trigate.core.surroundings import Handler, Surroundings
from trigate.outbound.client import Client
from trigate.outbound.renewal import SERVICE as RENEWAL
from trigate.outbound.renewer import Renewer
from trigate.outbound.user_key import SERVICE as USER_KEY
from trigate.policy.access import Access
from trigate.policy.admission import admitting, binding
from trigate.policy.approval import ApprovalSettings
from trigate.policy.authenticator import Circumstances, Identify
from trigate.policy.authenticators.api_key import ApiKey
from trigate.policy.bulletin import SERVICE as DIRECTORY
from trigate.policy.call import Calls
from trigate.policy.directory import Directory
from trigate.policy.expiry import Expiry
from trigate.policy.limiting.limiter import Limiter
from trigate.policy.measure.quota import Quota
from trigate.policy.publisher import Publisher
from trigate.policy.record import Recorder
from trigate.policy.scope import SCOPES
from trigate.policy.serve import Serve
from trigate.policy.subscription import Subscription
from trigate.policy.visitor import visiting
from trigate.store.amendment import forget_amendments, read_amendments, write_amendments
from trigate.store.counter import Witness, open_counters
from trigate.store.depot import Shelves
from trigate.store.directory import Document
from trigate.store.keeper import Keeper, open_keeper
from trigate.store.shelf_host import ShelfHost
from trigate.store.shelf_order import SERVICE as SHELF
from trigate.telemetry.log import log

if TYPE_CHECKING:
    from trigate.mcp.authorization import Challenges
    from trigate.mcp.settings import McpSettings
    from trigate.mcp.view import View
    from trigate.outbound.oauth.agreement import Agreement
    from trigate.outbound.oauth.connector import Connector
    from trigate.outbound.user_key import KeyHost
    from trigate.policy.consent.gate import Gate
    from trigate.portal.resource import Resource
    from trigate.portal.settings import PortalSettings

_PSEUDONYM = f"trigate-{os.urandom(4).hex()}"
"""How this machine's gateway signs `via`, so that it knows its own requests when they come back."""


def build_gateway(config: Config, surroundings: Surroundings) -> Handler:
    """The handler that serves requests by this configuration; raises ValueError for what only building finds out."""
    client = Client(config.outbound, surroundings)
    recorder = Recorder(surroundings.spool)
    access = Access(config.policy.access, config.policy.access_default)
    limiter = _limiter(config, surroundings)
    calls = Calls(access, limiter, (), recorder, surroundings.ids, _gate(config.policy.approvals, surroundings))
    lanes = _lanes(config, client, surroundings, calls)
    directory = _directory(config, surroundings)
    counters = open_counters(config.store, config.inbound.workers, surroundings)
    given = Circumstances(directory, client, surroundings, counters if isinstance(counters, Witness) else None)
    serve = Serve(lanes, _authenticators(config, given), directory, calls, recorder, surroundings.ids)
    directory.watch(serve.end_expired)
    Expiry(serve, surroundings.deadlines)
    amend = _Amending(config, access, limiter, directory).amend
    directory.watch(amend)
    amend()
    return serve


def control_services(config: Config, surroundings: Surroundings) -> Mapping[str, Service]:
    """What the control process offers the workers over the bus."""
    keeper = open_keeper(config.store, surroundings)

    def keep(documents: tuple[Document, ...]) -> None:
        try:
            write_amendments(config.store, documents)
        except OSError as error:
            log.error("the copy of rules and limits made at run time cannot be kept", reason=error)
            forget_amendments(config.store)

    publisher = surroundings.keep.adopt("policy.publisher", config.store, lambda: Publisher(keeper, surroundings, keep))
    shelf = surroundings.keep.adopt("store.shelf", config.store, lambda: ShelfHost(keeper, surroundings))
    offered: dict[str, Service] = {
        DIRECTORY: publisher.serve,
        RENEWAL: _renewer(config, surroundings, keeper).serve,
        SHELF: shelf.serve,
    }
    if config.policy.approvals.rules:
        from trigate.policy.consent.host import ConsentHost
        from trigate.policy.consent.messenger import Messenger
        from trigate.policy.consent.petition import SERVICE as CONSENT

        approvals = config.policy.approvals
        webhook = approvals.webhook
        messenger = Messenger(webhook, Client(config.outbound, surroundings), surroundings) if webhook else None
        offered[CONSENT] = ConsentHost(approvals, keeper, surroundings, messenger).serve
    if config.llm is not None:
        offered |= _resource_services(config, surroundings, keeper)
    if config.mcp is not None:
        offered |= _tool_services(config.mcp, config, surroundings, keeper)
    connector = _connector(config, surroundings, keeper)
    offered |= connector.services if connector is not None else {}
    keys = _user_keys(config, surroundings, keeper)
    if keys is not None:
        offered[USER_KEY] = keys.serve
    if config.portal is not None:
        agreement = connector.agreement if connector is not None else None
        offered |= _portal_services(config.portal, config, surroundings, (keeper, agreement, keys))
    if config.llm is not None and config.llm.log is not None:
        from trigate.llm.scribe import services as scribe

        offered |= scribe(config.llm.log, surroundings, keeper, hidden(config))
    return offered


def _resource_services(config: Config, surroundings: Surroundings, keeper: Keeper) -> Mapping[str, Service]:
    from trigate.llm.resource.overseer import Overseer
    from trigate.llm.resource.register import SERVICE as RESOURCE
    from trigate.llm.resource.registrar import Registrar
    from trigate.llm.resource.round import SERVICE as ROUND
    from trigate.llm.resource.turn import SERVICE as TURN
    from trigate.llm.resource.turn import TurnHost

    overseer = surroundings.keep.adopt("llm.overseer", config.store, lambda: Overseer(keeper))
    turns = surroundings.keep.adopt("llm.turns", None, TurnHost)
    return {RESOURCE: Registrar(keeper).serve, ROUND: overseer.serve, TURN: turns.serve}


def _portal_services(
    settings: "PortalSettings",
    config: Config,
    surroundings: Surroundings,
    given: "tuple[Keeper, Agreement | None, KeyHost | None]",
) -> Mapping[str, Service]:
    from trigate.policy.offer import SERVICE as OFFER
    from trigate.policy.offer import Offers
    from trigate.portal.office import Premises
    from trigate.portal.office import services as portal

    keeper, agreement, keys = given
    offers = surroundings.keep.adopt("policy.offers", None, Offers)
    client, known = Client(config.outbound, surroundings), Directory(config.policy.keys)
    premises = Premises(keeper, client, known, surroundings, offers.tools)
    return {OFFER: offers.serve, **portal(settings, _resources(config), premises, agreement, keys)}


def _tool_services(
    settings: "McpSettings", config: Config, surroundings: Surroundings, keeper: Keeper
) -> Mapping[str, Service]:
    from trigate.mcp.pin_host import PinHost
    from trigate.mcp.pinning import SERVICE as PINS
    from trigate.mcp.stdio_host import services

    return {**services(settings, surroundings, outbound=config.outbound), PINS: PinHost(keeper).serve}


def _gate(settings: ApprovalSettings, surroundings: Surroundings) -> "Gate | None":
    if not settings.rules:
        return None
    from trigate.policy.consent.gate import Gate

    return Gate(settings, surroundings.bus)


def _renewer(config: Config, surroundings: Surroundings, keeper: Keeper) -> Renewer:
    client = Client(config.outbound, surroundings)
    make = lambda: Renewer(keeper, client, surroundings.derive)  # noqa: E731
    renewer = surroundings.keep.adopt("outbound.renewer", config.store, make)
    renewer.client = client
    return renewer


def _connector(config: Config, surroundings: Surroundings, keeper: Keeper) -> "Connector | None":
    """What keeps the connections of users to servers; None if no server wants any."""
    servers = config.mcp.servers if config.mcp is not None else {}
    if all(each.credential is None for each in servers.values()):
        return None
    from trigate.outbound.personal import Personal

    public = config.portal.url if config.portal is not None else ""
    named = {name: (each.url, each.credential) for name, each in servers.items()}
    found = {name: kind.plan(name, url, public) for name, (url, kind) in named.items() if isinstance(kind, Personal)}
    plans = {name: plan for name, plan in found.items() if plan is not None}
    if not plans:
        return None
    from trigate.outbound.oauth.agreement import Setting
    from trigate.outbound.oauth.connector import Connector
    from trigate.store.connection_safe import ConnectionSafe

    setting = Setting(plans, Client(config.outbound, surroundings), surroundings.bus.tell)
    make = lambda: Connector(ConnectionSafe(keeper), surroundings.derive, setting)  # noqa: E731
    connector = surroundings.keep.adopt("outbound.connector", config.store, make)
    connector.agreement.setting = setting
    return connector


def _user_keys(config: Config, surroundings: Surroundings, keeper: Keeper) -> "KeyHost | None":
    """What keeps the keys that users give for servers; None if no server wants any."""
    servers = config.mcp.servers if config.mcp is not None else {}
    if all(each.credential is None for each in servers.values()):
        return None
    from trigate.outbound.credentials.user_key import UserKey

    wanting = frozenset(name for name, each in servers.items() if isinstance(each.credential, UserKey))
    if not wanting:
        return None
    from trigate.outbound.user_key import KeyHost
    from trigate.store.connection_safe import ConnectionSafe

    public = config.portal.url if config.portal is not None else ""
    return KeyHost(ConnectionSafe(keeper), wanting, public, surroundings.bus.tell)


def _directory(config: Config, surroundings: Surroundings) -> Directory:
    def subscribe() -> Subscription:
        return Subscription(surroundings, read_amendments(config.store))

    subscription = surroundings.keep.adopt("policy.subscription", config.store, subscribe)
    return Directory(config.policy.keys, subscription, closed=config.store.fail == "closed")


def _limiter(config: Config, surroundings: Surroundings) -> Limiter:
    """The limits of the file; those that are under way when another configuration comes are kept to their end."""
    counters = open_counters(config.store, config.inbound.workers, surroundings)
    settings = (config.policy.limits, config.store)

    def make() -> Limiter:
        around = surroundings
        return Limiter(_quotas(config), counters, around.deadlines, around.spool, around.bus)

    return surroundings.keep.adopt("policy.limiter", settings, make)


def _quotas(config: Config) -> list[Quota]:
    return [quota for limit in config.policy.limits for quota in limit.quotas()]


class _Amending:
    """Lets the rules and limits made at run time hold beside those of the file, which win by their name."""

    def __init__(self, config: Config, access: Access, limiter: Limiter, directory: Directory) -> None:
        self._config = config
        self._access = access
        self._limiter = limiter
        self._directory = directory
        self._documents: tuple[Document, ...] = ()

    def amend(self) -> None:
        """Use what the directory says now."""
        documents = self._directory.documents
        if documents == self._documents:
            return
        self._documents = documents
        for problem in self._access.use_documents(documents):
            log.error("an access rule of the store is left out", problem=problem)
        self._limiter.replace([*_quotas(self._config), *self._further(documents)])

    def _further(self, documents: tuple[Document, ...]) -> list[Quota]:
        taken = {quota.name for quota in _quotas(self._config)}
        found = list[Quota]()
        for document in documents:
            if document.kind != "limit":
                continue
            try:
                quotas = read_limit(document).quotas(document.organisation)
            except ValueError as error:
                log.error("a limit of the store is left out", name=document.name, problem=str(error))
                continue
            found += [quota for quota in quotas if quota.name not in taken]
        return found


def _lanes(config: Config, client: Client, surroundings: Surroundings, calls: Calls) -> list[Lane]:
    """The lanes of the file, the one with the widest addresses last."""
    lanes: list[Lane] = []
    if config.mcp is not None:
        from trigate.mcp.lane import McpLane

        lanes.append(McpLane(config.mcp, client, surroundings, calls, _challenges(config)))
    if config.llm is not None:
        from trigate.llm.lane import LlmLane

        lanes.append(LlmLane(config.llm, client, surroundings, calls, Shelves(config.store, surroundings)))
    if config.portal is not None:
        from trigate.portal.lane import PortalLane

        lanes.append(PortalLane(config.portal, surroundings))
    if config.api is not None:
        from trigate.api.lane import ApiLane

        lanes.append(ApiLane(config.api, client, _PSEUDONYM))
    return lanes


def _authenticators(config: Config, given: Circumstances) -> list[Identify]:
    ways = config.policy.authenticators or (ApiKey(),)
    proofs = [binding(admitting(each.open(given)), given.directory) for each in ways]
    portal = config.portal
    if portal is None:
        return proofs
    if config.mcp is not None and (expected := config.mcp.authorization) is not None:
        from trigate.policy.audience import Audiences

        audiences = Audiences(portal.url, expected.issuers, expected.scope_claim)
        proofs = [audiences.checking(each) for each in proofs]
    if portal.authorization_server is not None:
        from trigate.policy.own_token import OwnTokens

        own = OwnTokens(portal.url, given.directory)
        proofs.insert(0, binding(admitting(own.identify), given.directory))
    return [visiting, *proofs]


def _challenges(config: Config) -> "Challenges | None":
    """What sends clients to where they can log in, if they can anywhere."""
    portal, mcp = config.portal, config.mcp
    if portal is None or mcp is None or (portal.authorization_server is None and mcp.authorization is None):
        return None
    from trigate.mcp.authorization import Challenges

    return Challenges(portal.url)


def _resources(config: Config) -> "list[Resource]":
    """The endpoints of the mcp lane as the portal speaks of them."""
    from trigate.portal.resource import Resource

    if config.mcp is None:
        return []
    from trigate.mcp.view import views

    issuers = config.mcp.authorization.issuers if config.mcp.authorization is not None else ()
    places = {"/mcp": tuple(config.mcp.servers)}
    places |= {f"/mcp/{name}": each.servers for name, each in config.mcp.endpoints.items()}
    shown = {f"/{each.route}": partial(_shows, each) for each in views(config.mcp)}
    return [Resource(path, servers, SCOPES, issuers, shown[path]) for path, servers in places.items()]


def _shows(view: "View", server: str, tool: str) -> bool:
    return view.shows(server, "tool", tool)
