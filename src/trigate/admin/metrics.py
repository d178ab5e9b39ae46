"""`GET /metrics`: what the gateway does and how it is, for Prometheus."""

from collections.abc import Callable

from trigate.admin.health import Check
from trigate.admin.route import Ask, Route
from trigate.telemetry.meter import Meter, gauge


def metrics_route(meter: Meter, checks: Callable[[], list[Check]]) -> Route:
    """The address, for viewers."""

    async def serve(ask: Ask) -> str:
        return meter.text() + gauge(
            "trigate_check",
            "Whether a condition for being ready holds.",
            [(f'name="{check.name}"', float(check.ok)) for check in checks()],
        )

    return Route("GET", "/metrics", "viewer", serve)
