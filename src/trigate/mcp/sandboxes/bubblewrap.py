"""Namespaces of Linux by bubblewrap: no network, no files but those that are listed."""

import os
import shutil
import sys
from pathlib import Path

from trigate.core.settings import Size
from trigate.mcp import bridge
from trigate.mcp.allowed_host import check_hosts
from trigate.mcp.process_limit import ProcessLimits, preparation
from trigate.mcp.sandbox import Launch, Program, Sandbox, SandboxFailed, revealed, surrounding

_HOME = "/home/sandbox"
_INSIDE = "/run/trigate"
_SYSTEM = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_SETTINGS = (
    "alternatives", "ca-certificates", "group", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime",
    "nsswitch.conf", "passwd", "pki", "ssl", "timezone",
)  # fmt: skip
"""Of /etc, what programs cannot do without; all of it is readable by every user."""


class Bubblewrap(Sandbox):
    """Runs the command by `bwrap` in namespaces of its own: it sees the system's programs and libraries read-only, an
    empty home, an empty `/tmp`, and the folders that are listed; no other process; no network but `hosts`. It has no
    privileges, and gets none. Needs Linux and the package `bubblewrap`.
    """

    read: tuple[str, ...] = ()
    """Files and folders it may read, at the same place inside; where its program lies outside of `/usr`, that too."""
    write: tuple[str, ...] = ()
    """Files and folders it may read and write."""
    hosts: tuple[str, ...] = ()
    """What it may reach: `api.example.com` (port 443), `HOST:PORT`, `*.example.com`, `*`; through a proxy of the
    gateway, which its environment names (`HTTPS_PROXY`). Names must lead to public addresses. None: no network."""
    scratch: Size = Size(64 * 2**20)
    """Room in its home and in `/tmp`, each; both are in memory and gone with the process."""
    limits: ProcessLimits = ProcessLimits()
    """Bounds that the operating system sets."""

    def __post_init__(self) -> None:
        for path in (*self.read, *self.write):
            if not path.startswith("/") or ".." in path.split("/"):
                raise ValueError(f"{path!r} is not an absolute path")
        if not all(os.path.normpath(each).strip("/") for each in self.write):
            raise ValueError("the whole machine cannot be written to from a sandbox; list folders")
        check_hosts(self.hosts)

    def launch(self, program: Program) -> Launch:
        """The command inside of bubblewrap."""
        found = shutil.which("bwrap")
        if found is None:
            raise SandboxFailed("there is no `bwrap` on this machine: install bubblewrap, or choose another sandbox")
        gate = f"{program.folder}/gate" if self.hosts else ""
        words = [found, *_walls(self.scratch), *self._folders(), *_bridge_files(program.folder if gate else "")]
        words += ["--remount-ro", "/", "--chdir", program.cwd or next(iter(self.write), _HOME), "--"]
        inner = [sys.executable, "-I", "-S", f"{_INSIDE}/bridge.py", f"{_INSIDE}/gate", "--"] if gate else []
        if inner:
            inner[0] = os.path.realpath(sys.executable)
        environment = surrounding() | {"HOME": _HOME} | revealed(program.environment)
        # bubblewrap takes away privileges itself, and where it is a set-user-ID program needs its own until then.
        prepare = preparation(self.limits, privileges=True)
        return Launch((*words, *inner, *program.command), environment, "/", prepare, gate, self.hosts)

    def _folders(self) -> list[str]:
        """Later ones lie over earlier ones, so the longer path comes later."""
        listed = [("--ro-bind", each) for each in self.read] + [("--bind", each) for each in self.write]
        return [word for how, path in sorted(listed, key=lambda each: len(each[1])) for word in (how, path, path)]


def _walls(scratch: int) -> list[str]:
    words = ["--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--cap-drop", "ALL"]
    words += ["--hostname", "sandbox", "--ro-bind", "/usr", "/usr"]
    for path in _SYSTEM:
        if os.path.islink(path):
            words += ["--symlink", os.readlink(path), path]
        elif os.path.isdir(path):
            words += ["--ro-bind", path, path]
    for name in _SETTINGS:
        words += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    words += ["--proc", "/proc", "--dev", "/dev"]
    for path in ("/tmp", _HOME):  # noqa: S108 - the sandbox's own
        words += ["--size", str(int(scratch)), "--tmpfs", path]
    return words


def _bridge_files(folder: str) -> list[str]:
    """The way to the gateway's proxy: its socket, and the program that makes it a port, with the Python it needs."""
    if not folder:
        return []
    python = os.path.realpath(sys.base_prefix)
    words = [] if Path(python).is_relative_to("/usr") else ["--ro-bind", python, python]
    words += ["--ro-bind", bridge.__file__, f"{_INSIDE}/bridge.py"]
    return [*words, "--ro-bind", f"{folder}/gate", f"{_INSIDE}/gate"]
