"""Metrics for Prometheus."""

import pytest

from trigate.admin.health import Check
from trigate.admin.metrics import metrics_route
from trigate.admin.operator import Operator
from trigate.admin.route import Ask
from trigate.core.errors import Forbidden
from trigate.telemetry.meter import Meter


async def test_the_checks_are_gauges_beside_the_counts() -> None:
    route = metrics_route(Meter(), lambda: [Check("workers", ok=True), Check("spool", ok=False)])
    text = await route.serve(Ask(Operator("vi", "viewer"), {}, {}, b""))
    assert 'trigate_check{name="workers"} 1\n' in text
    assert 'trigate_check{name="spool"} 0\n' in text
    assert "trigate_cost_dollars_total 0.000000000\n" in text


async def test_what_all_have_used_is_not_for_an_operator_of_one_organisation() -> None:
    route = metrics_route(Meter(), list)
    with pytest.raises(Forbidden):
        await route.serve(Ask(Operator("al", "admin", "acme"), {}, {}, b""))
