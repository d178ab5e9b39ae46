"""Ending the gateway."""

import pytest

from trigate.admin.drain import drain_route
from trigate.admin.operator import Operator
from trigate.admin.route import Ask
from trigate.core.errors import Forbidden


async def test_only_an_operator_of_all_organisations_ends_the_gateway() -> None:
    drains = list[int]()
    route = drain_route(lambda: drains.append(1))
    assert route.role == "admin"
    with pytest.raises(Forbidden):
        await route.serve(Ask(Operator("al", "admin", "acme"), {}, {}, b""))
    await route.serve(Ask(Operator("root", "admin"), {}, {}, b""))
    assert drains == [1]
