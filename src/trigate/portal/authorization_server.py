"""Opens the built-in authorization server: its pages, its clients and its ways to get tokens."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from trigate.portal.authorization_settings import AuthorizationSettings
from trigate.portal.client import Clients
from trigate.portal.client_document import ClientDocuments
from trigate.portal.client_proof import Clerk
from trigate.portal.file_client import FileClients
from trigate.portal.grant import Grant
from trigate.portal.grants.authorization_code import AuthorizationCode
from trigate.portal.grants.client_credentials import ClientCredentials
from trigate.portal.grants.jwt_bearer import JwtBearer
from trigate.portal.grants.refresh_token import RefreshToken
from trigate.portal.mint import Mint
from trigate.portal.page import Page
from trigate.portal.pages.authorization_server import AuthorizationServer
from trigate.portal.pages.authorize import Authorize
from trigate.portal.pages.key_set import KeySet
from trigate.portal.pages.register import Register
from trigate.portal.pages.revoke import Revoke
from trigate.portal.pages.token import Token
from trigate.portal.registered_client import FIRST_SECONDS, RegisteredClients
from trigate.portal.request import Envelope
from trigate.portal.signing import Signing
from trigate.portal.standing import Standing

if TYPE_CHECKING:
    from trigate.portal.office import Office


def server_pages(office: "Office", settings: AuthorizationSettings) -> dict[str, Page]:
    """The pages of the server by their names."""
    url, archive, around = office.settings.url, office.archive, office.premises.around
    documents = ClientDocuments(office.premises.client, around)
    registered = RegisteredClients(archive, settings.max_clients, settings.life + FIRST_SECONDS)
    clerk = Clerk(_origins(settings, documents, registered), documents, archive, url)
    signing = Signing(office.premises.keeper, around, settings.key_life, settings.access_token)
    mint = Mint(settings, url, signing, around.derive("portal refresh"))
    grants = _grants(office, settings, mint, registered, clerk)
    envelope = Envelope(around.derive("portal requests"))
    pages: dict[str, Page] = {
        "authorization_server": AuthorizationServer(settings, url, grants),
        "key_set": KeySet(signing),
        "authorize": Authorize(
            url, clerk, office.resources, archive, office.sessions, office.browsers, envelope, office.premises.tools
        ),
        "token": Token(clerk, grants),
        "revoke": Revoke(clerk, archive, mint),
    }
    if settings.registration:
        pages["register"] = Register(registered)
    return pages


def _origins(
    settings: AuthorizationSettings, documents: ClientDocuments, registered: RegisteredClients
) -> tuple[Clients, ...]:
    known: tuple[Clients, ...] = (FileClients(settings.clients),)
    if settings.client_documents:
        known = (*known, documents)
    return (*known, registered) if settings.registration else known


def _grants(
    office: "Office", settings: AuthorizationSettings, mint: Mint, registered: RegisteredClients, clerk: Clerk
) -> Mapping[str, Grant]:
    archive, premises, resources = office.archive, office.premises, office.resources
    providers = office.settings.login.providers
    open_ways = {name for name, each in providers.items() if each.admit == "anyone"}
    standing = Standing(archive, premises.directory, frozenset(open_ways))
    grants: dict[str, Grant] = {
        "authorization_code": AuthorizationCode(archive, mint, registered),
        "refresh_token": RefreshToken(archive, mint, standing),
    }
    if any("client_credentials" in each.grants for each in settings.clients.values()):
        grants["client_credentials"] = ClientCredentials(archive, mint, resources)
    if settings.trust:
        grants["jwt_bearer"] = JwtBearer(
            settings.trust, archive, mint, resources, clerk, premises.client, premises.around
        )
    return grants
