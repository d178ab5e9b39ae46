"""Surroundings of a worker, as far as counters need them."""

import asyncio
from typing import Any, cast

from trigate.core.deadlines import Deadlines
from trigate.core.ids import Ids
from trigate.core.surroundings import Surroundings
from trigate.process.keep import LivingThings


def surroundings() -> Surroundings:
    nothing = cast("Any", None)
    return Surroundings(asyncio.get_running_loop(), Deadlines(), LivingThings().begin(), nothing, nothing, Ids())
