"""`GET /metrics`: what the gateway does and how it is, for Prometheus."""

from collections.abc import Callable

from trigate.admin.health import Check
from trigate.admin.route import Ask, Route
from trigate.core.errors import Forbidden
from trigate.telemetry.meter import Meter, gauge


def metrics_route(meter: Meter, checks: Callable[[], list[Check]]) -> Route:
    """The address, for viewers."""

    async def serve(ask: Ask) -> str:
        if ask.operator.organisation:
            raise Forbidden("an operator of one organisation does not see what all have used: ask for /v1/usage")
        return meter.text() + gauge(
            "trigate_check",
            "Whether a condition for being ready holds.",
            [(f'name="{check.name}"', float(check.ok)) for check in checks()],
        )

    return Route("GET", "/metrics", "viewer", serve)
