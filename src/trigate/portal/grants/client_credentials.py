"""A client in its own name, with no person behind it (RFC 6749 §4.4)."""

import os
from collections.abc import Mapping
from typing import Any

from trigate.core.clock import clock
from trigate.policy.glob import Globs
from trigate.portal.archive import Archive
from trigate.portal.client import Client
from trigate.portal.grant import find_resource, narrow
from trigate.portal.mint import Mint
from trigate.portal.refused import Refused
from trigate.portal.resource import Resources
from trigate.store.login import Login

SECOND = 10**9
NAME = "client_credentials"


class ClientCredentials:
    """`grant_type=client_credentials`, for clients that the file names and that have proved themselves."""

    def __init__(self, archive: Archive, mint: Mint, resources: Resources) -> None:
        self._archive = archive
        self._mint = mint
        self._resources = resources

    async def named(self, form: Mapping[str, str]) -> str:
        """See Grant: nothing is shown."""
        return ""

    async def redeem(self, client: Client, form: Mapping[str, str]) -> dict[str, Any]:
        """See Grant."""
        if client.origin != "file" or NAME not in client.grants or client.method == "none":
            raise Refused("unauthorized_client", "this client cannot ask in its own name")
        resource = find_resource(self._resources, form)
        if not Globs(client.endpoints).fit(resource.path.removeprefix("/")):
            raise Refused("invalid_target", "this client cannot use this endpoint in its own name")
        now = clock.wall_ns()
        login = Login(
            id=os.urandom(12).hex(), client=client.id, title=client.title,
            resource=self._resources.identifier(resource), scope=narrow(form.get("scope", ""), client.scopes),
            how=NAME, created=now, used=now, expires=now + int(self._mint.settings.access_token * SECOND),
        )  # fmt: skip
        await self._archive.begin(login)
        return await self._mint.tokens(login)
