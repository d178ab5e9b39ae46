"""Forgetting answers."""

import pytest

from trigate.admin.answers import clear_route
from trigate.admin.operator import Operator
from trigate.admin.route import Ask
from trigate.core.errors import BadRequest, Forbidden
from trigate.core.shelf import ALL, CLEAR

ROOT = Operator("root", "editor")


async def test_every_worker_is_told_by_an_operator_of_all_organisations() -> None:
    told = list[tuple[str, bytes]]()

    async def announce(service: str, opening: bytes) -> None:
        told.append((service, opening))

    route = clear_route(announce)
    assert route.role == "editor"
    await route.serve(Ask(ROOT, {}, {}, b""))
    await route.serve(Ask(ROOT, {}, {"namespace": "a"}, b""))
    with pytest.raises(Forbidden):
        await route.serve(Ask(Operator("al", "admin", "acme"), {}, {}, b""))
    with pytest.raises(BadRequest):
        await route.serve(Ask(ROOT, {}, {"name": "a"}, b""))
    assert told == [(CLEAR, ALL), (CLEAR, b"a")]
