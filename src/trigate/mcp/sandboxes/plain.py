"""A process like any other of the gateway's user, with bounds."""

from trigate.mcp.process_limit import ProcessLimits, preparation
from trigate.mcp.sandbox import Launch, Program, Sandbox, revealed, surrounding


class Plain(Sandbox):
    """No sandbox: the command sees what the gateway's user sees. It has an environment of its own, a process group of
    its own, gets no new privileges, leaves no core files and obeys `limits`; it is what a server without `sandbox` has.
    """

    limits: ProcessLimits = ProcessLimits()
    """Bounds that the operating system sets."""

    def launch(self, program: Program) -> Launch:
        """The command as it stands."""
        environment = surrounding() | revealed(program.environment)
        return Launch(program.command, environment, program.cwd, preparation(self.limits))
