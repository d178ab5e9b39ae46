"""Starting a command in its sandbox, and leaving nothing behind when it has ended."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress

from msgspec import Struct

from trigate.core.deadlines import Deadlines
from trigate.mcp.fault import ServerFailed
from trigate.mcp.guardian import Guardian
from trigate.mcp.host_gate import HostGate
from trigate.mcp.sandbox import Launch, Program, Sandbox, SandboxFailed
from trigate.mcp.sandboxes.plain import Plain
from trigate.mcp.settings import Server
from trigate.outbound.egress import Egress
from trigate.outbound.resolver import Resolver
from trigate.outbound.settings import DnsSettings, EgressSettings

Note = Callable[[str, str], None]
"""Takes a server's name and a line for the operator."""

_PLAIN = Plain()


class Started(Struct):
    """A process, and what belongs to it."""

    process: asyncio.subprocess.Process
    gate: HostGate | None
    tidy: bool
    """Whether something is to be removed when it has ended."""


class Starter:
    """Starts commands; one for all of a configuration."""

    def __init__(
        self, guardian: Guardian, deadlines: Deadlines, note: Note, egress: EgressSettings, dns: DnsSettings
    ) -> None:
        self._guardian = guardian
        self._deadlines = deadlines
        self._note = note
        self._egress = Egress(egress)
        self._resolver = Resolver(dns)

    async def start(self, name: str, server: Server) -> Started:
        """Start a server's command; raises ServerFailed, having told the operator more."""
        folder = tempfile.mkdtemp(prefix="trigate-") if server.sandbox is not None else ""
        gate = None
        try:
            launch = _launch(name, server, folder)
            gate = await self._gate(name, launch)
            process = await _spawn(launch, server)
        except BaseException as error:
            if gate is not None:
                gate.close()
            if folder:
                shutil.rmtree(folder, ignore_errors=True)
            if not isinstance(error, OSError | ValueError | SandboxFailed):
                raise
            self._note(name, f"cannot start {_shown(server)}: {error}")
            raise ServerFailed(f"its command cannot be started: {type(error).__name__}") from None
        after = [launch.remove, ("rm", "-rf", folder)] if folder else []
        self._guardian.watch(process.pid, [each for each in after if each])
        self._note(name, f"started {_shown(server)} as process {process.pid}")
        return Started(process, gate, bool(after))

    def ended(self, started: Started) -> None:
        """Remove what is left of one that has ended."""
        if started.gate is not None:
            started.gate.close()
        self._guardian.release(started.process.pid, started.tidy)

    async def _gate(self, name: str, launch: Launch) -> HostGate | None:
        if not launch.gate:
            return None

        def note(line: str) -> None:
            self._note(name, line)

        gate = HostGate(launch.hosts, self._egress, self._resolver, self._deadlines, note)
        await gate.open(launch.gate)
        return gate


def _launch(name: str, server: Server, folder: str) -> Launch:
    sandbox: Sandbox = server.sandbox or _PLAIN
    return sandbox.launch(Program(name, server.command, server.env, server.cwd, folder))


async def _spawn(launch: Launch, server: Server) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *launch.words,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=launch.cwd or None,
        env=launch.environment,
        limit=server.max_message,
        start_new_session=True,
        preexec_fn=launch.prepare,
    )


def _shown(server: Server) -> str:
    """The program without its arguments, which may hold what is nobody's business."""
    with suppress(IndexError):
        return server.command[0]
    return "its container"
