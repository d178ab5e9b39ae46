"""Opens the portal in the control process: every page with what it needs."""

from collections.abc import Iterable, Mapping

from trigate.core.bus import Service
from trigate.portal.host import PortalHost
from trigate.portal.page import Page
from trigate.portal.pages.protected_resource import ProtectedResource
from trigate.portal.resource import Resource, Resources
from trigate.portal.settings import PortalSettings
from trigate.portal.visit import SERVICE


def services(settings: PortalSettings, known: Iterable[Resource]) -> Mapping[str, Service]:
    """What the control process offers the workers over the bus."""
    return {SERVICE: PortalHost(open_pages(settings, known)).serve}


def open_pages(settings: PortalSettings, known: Iterable[Resource]) -> Mapping[str, Page]:
    """Every page by the name that `address.py` has for it."""
    resources = Resources(settings.url, known)
    return {"protected_resource": ProtectedResource(resources)}
