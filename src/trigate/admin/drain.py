"""An operator ends the gateway: what is under way is finished, nothing new is begun."""

from collections.abc import Callable

from trigate.admin.route import Ask, Route
from trigate.core.errors import Forbidden


def drain_route(drain: Callable[[], None]) -> Route:
    """`POST /v1/drain`."""

    async def serve(ask: Ask) -> dict[str, str]:
        if ask.operator.organisation:
            raise Forbidden("an operator of one organisation does not end the gateway of all")
        drain()
        return {"status": "draining"}

    return Route("POST", "/v1/drain", "admin", serve)
