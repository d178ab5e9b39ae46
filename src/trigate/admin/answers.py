"""Answers of models that are kept: an operator has all workers forget them."""

from collections.abc import Awaitable, Callable

from trigate.admin.route import Ask, Route
from trigate.core.errors import BadRequest, Forbidden
from trigate.core.shelf import ALL, CLEAR

Announce = Callable[[str, bytes], Awaitable[None]]
"""Runs a service, given its opening message, in every worker that offers it."""
NAMESPACE = "namespace"


def clear_route(announce: Announce) -> Route:
    """`DELETE /v1/cache`, and with `?namespace=NAME` only the answers of one namespace of the settings."""

    async def serve(ask: Ask) -> dict[str, str]:
        if ask.operator.organisation:
            raise Forbidden("an operator of one organisation does not forget the answers of all")
        if not ask.query.keys() <= {NAMESPACE}:
            raise BadRequest("the only parameter here is `namespace`")
        namespace = ask.query.get(NAMESPACE)
        await announce(CLEAR, ALL if namespace is None else namespace.encode())
        return {"status": "told to every worker"}

    return Route("DELETE", "/v1/cache", "editor", serve)
