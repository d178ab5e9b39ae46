"""Opens the portal in the control process: every page with what it needs."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from trigate.core.bus import Service
from trigate.core.surroundings import Surroundings
from trigate.outbound.client import Client
from trigate.outbound.oauth.agreement import Agreement
from trigate.outbound.user_key import KeyHost
from trigate.policy.directory import Directory
from trigate.portal.archive import Archive
from trigate.portal.authorization_server import server_pages
from trigate.portal.browser import Browsers
from trigate.portal.choice import Known
from trigate.portal.doorkeeper import Doorkeeper
from trigate.portal.host import PortalHost
from trigate.portal.page import Page
from trigate.portal.pages.client_document import ClientDocument
from trigate.portal.pages.connect import Connect
from trigate.portal.pages.connect_key import ConnectKey
from trigate.portal.pages.connect_return import ConnectReturn
from trigate.portal.pages.login import Login
from trigate.portal.pages.logout import Logout
from trigate.portal.pages.protected_resource import ProtectedResource
from trigate.portal.pages.provider_login import ProviderLogin
from trigate.portal.provider import Provider
from trigate.portal.resource import Resource, Resources
from trigate.portal.session import Sessions
from trigate.portal.settings import PortalSettings
from trigate.portal.visit import SERVICE
from trigate.store.keeper import Keeper


class Premises(Struct, frozen=True):
    """What the portal is opened in."""

    keeper: Keeper
    client: Client
    """Asks others, under the egress rules."""
    directory: Directory
    """Keys of the file."""
    around: Surroundings
    tools: Known = lambda _: ()
    """Names the tools of a server, as far as they are known."""


class Office:
    """What pages share; a page of another file is given what it needs of this."""

    def __init__(
        self,
        settings: PortalSettings,
        known: Iterable[Resource],
        premises: Premises,
        agreement: Agreement | None = None,
        keys: KeyHost | None = None,
    ) -> None:
        """`agreement` leads to servers that people connect themselves, `keys` keeps the keys that they give for some;
        None if there are none."""
        self.agreement = agreement
        self.keys = keys
        self.settings = settings
        self.premises = premises
        self.resources = Resources(settings.url, known)
        self.archive = Archive(premises.keeper)
        self.browsers = Browsers(settings.url, premises.around.derive("portal forms"))
        self.sessions = Sessions(self.archive, self.browsers, settings.login.session)
        keep = premises.around.keep
        self.doorkeeper = keep.adopt("portal.doorkeeper", None, lambda: Doorkeeper(premises.around.loop))
        self.doorkeeper.use(self.archive, premises.directory)

    def pages(self) -> Mapping[str, Page]:
        """Every page by the name that `address.py` has for it."""
        server = self.settings.authorization_server
        return self._always() | self._providers() | (server_pages(self, server) if server is not None else {})

    def _providers(self) -> dict[str, Page]:
        premises, known = self.premises, self.settings.login.providers
        if not known:
            return {}
        providers = {
            name: Provider(name, each, self.settings.url, self.archive, premises.client, premises.around)
            for name, each in known.items()
        }
        return {"provider_login": ProviderLogin(providers, self.archive, self.sessions, self.browsers)}

    def _always(self) -> dict[str, Page]:
        own = self.settings.url if self.settings.authorization_server is not None else ""
        return {
            "protected_resource": ProtectedResource(self.resources, own),
            "login": Login(self.settings.login, self.doorkeeper, self.sessions, self.browsers),
            "logout": Logout(self.sessions, self.browsers),
            "client_document": ClientDocument(self.settings.url),
            "connect": Connect(self.agreement, self.archive, self.sessions, self.browsers),
            "connect_key": ConnectKey(self.keys, self.sessions, self.browsers),
            "connect_return": ConnectReturn(self.agreement, self.browsers),
        }


def services(
    settings: PortalSettings,
    known: Iterable[Resource],
    premises: Premises,
    agreement: Agreement | None = None,
    keys: KeyHost | None = None,
) -> Mapping[str, Service]:
    """What the control process offers the workers over the bus."""
    return {SERVICE: PortalHost(Office(settings, known, premises, agreement, keys).pages()).serve}
