"""Says of each endpoint who gives out tokens for it (RFC 9728)."""

from trigate.core.errors import NotFound
from trigate.portal.reply import document, preflight
from trigate.portal.resource import Resource, Resources
from trigate.portal.visit import Answer, Visit

WELL_KNOWN = "/.well-known/oauth-protected-resource"
FIRST = "/mcp"
"""The endpoint that the document without a path is about: clients of 2025-06-18 look there, too."""


class ProtectedResource:
    """`/.well-known/oauth-protected-resource`, alone and before the path of an endpoint."""

    def __init__(self, resources: Resources, own_issuer: str = "") -> None:
        self._resources = resources
        self._own = own_issuer

    async def answer(self, visit: Visit) -> Answer:
        """See Page; where nobody gives out tokens there is no document."""
        if visit.method == "OPTIONS":
            return preflight()
        found = self._resources.at(visit.path.removeprefix(WELL_KNOWN) or FIRST)
        servers = self._servers(found) if found is not None else ()
        if found is None or not servers:
            raise NotFound("there is no protected resource at this address")
        described = {
            "resource": self._resources.identifier(found),
            "authorization_servers": servers,
            "scopes_supported": found.scopes,
            "bearer_methods_supported": ("header",),
        }
        return document(described)

    def _servers(self, resource: Resource) -> tuple[str, ...]:
        return (*((self._own,) if self._own else ()), *resource.issuers)
