"""The portal in this process: the real spine and lane, visits as `inbound` would hand them on."""

import asyncio
from typing import Any

from tests.mcp.stage import Answered, Body, Edge, LocalBus, Spool, answered, surround
from tests.patience import PATIENCE
from trigate.core.bus import Service
from trigate.core.request import Peer, Request
from trigate.core.signal import Signal
from trigate.core.tasks import spawn
from trigate.policy.access import Access
from trigate.policy.call import Calls
from trigate.policy.directory import Directory
from trigate.policy.limit import Limits
from trigate.policy.record import Recorder
from trigate.policy.serve import Serve
from trigate.policy.visitor import visiting
from trigate.portal.lane import PortalLane
from trigate.portal.settings import PortalSettings
from trigate.portal.visit import SERVICE

URL = "https://gateway.example"


class Portal:
    """Serves visits; `service` is what the control process offers, None if it is gone."""

    def __init__(self, service: Service | None, access: Access | None = None, **settings: Any) -> None:
        bus = LocalBus()
        if service is not None:
            bus.offer(SERVICE, service)
        self.spool = Spool()
        around = surround(self.spool, bus)
        recorder = Recorder(self.spool)
        calls = Calls(access or Access(), Limits(), (), recorder, around.ids)
        lane = PortalLane(PortalSettings(url=URL, **settings), around)
        self.serve = Serve([lane], [visiting], Directory({}), calls, recorder, around.ids)

    async def visit(
        self, method: str, target: str, body: bytes = b"", address: str = "192.0.2.1", **fields: str
    ) -> Answered:
        """One request and its answer."""
        headers = [(name.replace("_", "-").encode(), value.encode()) for name, value in fields.items()]
        signal = Signal(asyncio.get_running_loop())
        path, _, query = target.partition("?")
        request = Request(
            method.encode(), target.encode(), path.encode(), query.encode(), b"gateway.example", headers, dict(headers)
        )
        edge: Any = Edge(signal)
        task = edge.task = spawn(self.serve(request, Peer(address), Body(signal, body), edge), "visit")
        async with asyncio.timeout(PATIENCE):
            await task
        return answered(edge)
