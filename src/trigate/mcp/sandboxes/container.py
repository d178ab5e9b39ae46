"""A container by the command line of Docker or Podman: the image pinned, the rest of the machine out of sight."""

import os
import re
import secrets
import shutil
from typing import Literal

from trigate.core.settings import Secret, Size
from trigate.mcp.image import Image, Signature
from trigate.mcp.process_limit import ProcessLimits, preparation
from trigate.mcp.sandbox import Launch, Program, Sandbox, SandboxFailed, surrounding

_NETWORK = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_ENGINES = ("podman", "docker")


class Container(Sandbox):
    """Runs an image by `podman` or `docker`: read-only but for `/tmp`, without capabilities, new privileges or network,
    within bounds of memory, processors and processes. The server's `command`, if any, is given to the image's own
    program; its `env` travels in a file that only the gateway's user may read, never in arguments.
    """

    image: str
    """Name and digest: `ghcr.io/example/server@sha256:…`."""
    unpinned: bool = False
    """Whether a name with a tag, or none, will do; then what runs is whatever the registry has under it that day."""
    signature: Signature | None = None
    """Whose signature the image must have; checked before every start."""
    engine: str = ""
    """`podman` or `docker`, or the path of one; by default the first of the two that is installed."""
    options: tuple[str, ...] = ()
    """Options of the engine itself, before `run`, such as `--runtime`."""
    run_options: tuple[str, ...] = ()
    """Further options of `run`, after all others: they can weaken what stands before them."""
    pull: Literal["missing", "never", "always"] = "missing"
    """When the engine fetches the image; it never takes one with another digest."""
    network: str = "none"
    """`none`, or the name of a network of the engine's."""
    read: tuple[str, ...] = ()
    """Files and folders of this machine it may read: `PATH`, or `PATH:PATH-INSIDE`."""
    write: tuple[str, ...] = ()
    """Files and folders of this machine it may read and write, written likewise."""
    user: str = ""
    """The user inside, `UID` or `UID:GID`; by default the image's."""
    memory: Size = Size(512 * 2**20)
    """Most memory, swap included."""
    cpus: float = 1.0
    """Most processors."""
    processes: int = 256
    """Most processes and threads."""
    scratch: Size = Size(64 * 2**20)
    """Room in `/tmp`, which is in memory."""

    def __post_init__(self) -> None:
        image = Image.parse(self.image)
        if not image.digest and not self.unpinned:
            raise ValueError("pin the image by its digest (NAME@sha256:…), or say `unpinned: true`")
        if self.signature is not None and not image.digest:
            raise ValueError("a signature is of one digest: pin the image")
        if not _NETWORK.fullmatch(self.network) or self.network == "host":
            raise ValueError(
                f"{self.network!r} is not `none` or the name of a network; `host` would be the machine's own"
            )
        if self.cpus <= 0 or self.processes < 1:
            raise ValueError("cpus and processes are at least something")
        for each in (*self.read, *self.write):
            _mount(each, True)

    def supplies_program(self) -> bool:
        """Every image has one."""
        return True

    def launch(self, program: Program) -> Launch:
        """The engine's command."""
        engine = self._engine()
        if self.signature is not None:
            self.signature.verify(Image.parse(self.image))
        name = f"trigate-{program.name}-{secrets.token_hex(6)}"
        start = [engine, *self.options, "run", "--rm", "--interactive", f"--name={name}"]
        words = [*start, *self._walls(), *self._given(program), *self.run_options, self.image, *program.command]
        remove = (engine, *self.options, "rm", "--force", name)
        # The engine reads its own variables (DOCKER_HOST, XDG_RUNTIME_DIR): it is a tool of the operator's.
        return Launch(tuple(words), _engines_own(), "/", preparation(ProcessLimits(), privileges=True), remove=remove)

    def _engine(self) -> str:
        for name in (self.engine,) if self.engine else _ENGINES:
            found = shutil.which(name)
            if found is not None:
                return found
        raise SandboxFailed(f"there is no {self.engine or ' or '.join(_ENGINES)} on this machine")

    def _walls(self) -> list[str]:
        words = ["--cap-drop=ALL", "--security-opt=no-new-privileges", "--read-only", f"--network={self.network}"]
        words += [f"--tmpfs=/tmp:rw,noexec,nosuid,nodev,size={int(self.scratch)}", f"--memory={int(self.memory)}"]
        words += [f"--memory-swap={int(self.memory)}", f"--cpus={self.cpus:g}", f"--pids-limit={self.processes}"]
        return [*words, "--log-driver=none", f"--pull={self.pull}"]

    def _given(self, program: Program) -> list[str]:
        words = [f"--label=trigate.server={program.name}"]
        words += [_mount(each, True) for each in self.read] + [_mount(each, False) for each in self.write]
        words += [f"--user={self.user}"] if self.user else []
        words += [f"--workdir={program.cwd}"] if program.cwd else []
        if program.environment:
            words.append(f"--env-file={_write_environment(program.folder, program.environment)}")
        return words


def _mount(text: str, reads: bool) -> str:
    """The option for one folder; raises ValueError."""
    source, _, target = text.partition(":")
    target = target or source
    if not (source.startswith("/") and target.startswith("/")) or "," in text or ".." in text.split("/"):
        raise ValueError(f"{text!r} is not an absolute PATH or PATH:PATH-INSIDE")
    return f"--mount=type=bind,source={source},target={target}{',readonly' if reads else ''}"


def _write_environment(folder: str, environment: dict[str, Secret]) -> str:
    path = f"{folder}/environment"
    lines = [f"{name}={value.reveal()}" for name, value in environment.items()]
    if any("\n" in each or "\r" in each for each in lines):
        raise SandboxFailed("a variable with a line break cannot be given to a container")
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write("\n".join([*lines, ""]))
    return path


def _engines_own() -> dict[str, str]:
    names = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "CONTAINER_HOST", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME")
    own = os.environ  # noqa: TID251 - where the engine is; nothing is decided by them
    return surrounding() | {name: own[name] for name in names if name in own}
