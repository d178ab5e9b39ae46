"""The exact command line of containers; and where Podman is, a container that is asked what it may do."""

import asyncio
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.mcp.sandboxes.walled import SHELL
from tests.mcp.test_image import DIGEST, ELLIPTIC, NAME, Layout
from tests.mcp.test_stdio_host import Stage, commands, until
from tests.patience import PATIENCE
from trigate.core.settings import Secret, Size
from trigate.mcp.sandbox import Program, SandboxFailed
from trigate.mcp.sandboxes.container import Container
from trigate.mcp.settings import Server

PINNED = f"{NAME}@{DIGEST}"


@pytest.fixture
def docker(tmp_path: Path) -> str:
    """Something that can be run, for an engine."""
    path = tmp_path / "docker"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def test_the_command_line_is_this(docker: str, tmp_path: Path):
    sandbox = Container(
        image=PINNED,
        engine=docker,
        options=("--log-level=error",),
        run_options=("--ulimit=nofile=64",),
        pull="never",
        read=("/srv/data", "/srv/keys:/keys"),
        write=("/srv/out",),
        user="1000:1000",
        memory=Size(2**28),
        cpus=0.5,
        processes=32,
        scratch=Size(4096),
    )
    environment = {"TOKEN": Secret("canary"), "A": Secret("b")}
    launch = sandbox.launch(Program("git", ("serve", "--all"), environment, "/work", str(tmp_path)))
    words = list(launch.words)
    name = words[5].removeprefix("--name=")
    assert re.fullmatch(r"trigate-git-[0-9a-f]{12}", name)
    assert words == [
        docker, "--log-level=error", "run", "--rm", "--interactive", f"--name={name}",
        "--cap-drop=ALL", "--security-opt=no-new-privileges", "--read-only", "--network=none",
        "--tmpfs=/tmp:rw,noexec,nosuid,nodev,size=4096", "--memory=268435456", "--memory-swap=268435456", "--cpus=0.5",
        "--pids-limit=32", "--log-driver=none", "--pull=never", "--label=trigate.server=git",
        "--mount=type=bind,source=/srv/data,target=/srv/data,readonly",
        "--mount=type=bind,source=/srv/keys,target=/keys,readonly",
        "--mount=type=bind,source=/srv/out,target=/srv/out",
        "--user=1000:1000", "--workdir=/work", f"--env-file={tmp_path}/environment", "--ulimit=nofile=64",
        PINNED, "serve", "--all",
    ]  # fmt: skip
    assert launch.remove == (docker, "--log-level=error", "rm", "--force", name)
    file = tmp_path / "environment"
    assert file.read_text() == "TOKEN=canary\nA=b\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "canary" not in " ".join(launch.environment.values())


def test_two_starts_have_two_names(docker: str):
    program = Program("git", (), {}, "", "")
    assert (
        Container(image=PINNED, engine=docker).launch(program).words[4]
        != (Container(image=PINNED, engine=docker).launch(program).words[4])
    )


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"image": "alpine:3"}, "pin the image"),
        ({"image": "--privileged", "unpinned": True}, "not an image"),
        ({"network": "host"}, "network"),
        ({"network": "--x"}, "network"),
        ({"read": ("data",)}, "absolute"),
        ({"write": ("/a:/b,readonly=false",)}, "absolute"),
        ({"cpus": 0.0}, "cpus"),
    ],
)
def test_what_would_be_no_wall_is_refused(wrong: dict[str, Any], told: str):
    given: dict[str, Any] = {"image": PINNED, **wrong}
    with pytest.raises(ValueError, match=told):
        Container(**given)


def test_a_tag_will_do_where_that_is_said():
    assert Container(image="alpine:3", unpinned=True).image == "alpine:3"


def test_a_variable_with_a_line_break_is_refused(docker: str, tmp_path: Path):
    with pytest.raises(SandboxFailed, match="line break"):
        Container(image=PINNED, engine=docker).launch(Program("s", (), {"A": Secret("b\nC=d")}, "", str(tmp_path)))


def test_without_an_engine_nothing_runs(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(SandboxFailed, match="no podman or docker"):
        Container(image=PINNED).launch(Program("s", (), {}, "", ""))


def test_an_image_without_its_signature_is_not_run(docker: str, tmp_path: Path):
    folder = tmp_path / "layout"
    folder.mkdir()
    layout = Layout(folder)
    layout.sign(ELLIPTIC, digest=f"sha256:{'b' * 64}")
    sandbox = Container(image=PINNED, engine=docker, signature=layout.signature())
    program = Program("s", (), {}, "", "")
    with pytest.raises(SandboxFailed, match="no signature"):
        sandbox.launch(program)
    layout.sign(ELLIPTIC)
    assert sandbox.launch(program).words[-1] == PINNED


# --- for real ---------------------------------------------------------------------------------------------------


class Engine:
    """A Podman of the test's own, with one small image."""

    def __init__(self, folder: Path) -> None:
        self.options = (
            f"--root={folder}/store", f"--runroot={folder}/run", "--runtime=runc", "--cgroup-manager=cgroupfs",
        )  # fmt: skip
        self.image = ""

    def run(self, *words: str, given: bytes = b"") -> str:
        command = ["podman", *self.options, *words]
        return subprocess.run(command, input=given, capture_output=True, timeout=PATIENCE, check=True).stdout.decode()

    def sandbox(self, **more: Any) -> Container:
        return Container(
            image=self.image,
            engine="podman",
            options=self.options,
            run_options=("--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024"),
            pull="never",
            **more,
        )

    def running(self) -> list[str]:
        return self.run("ps", "--all", "--format={{.Names}}").split()


def small_root() -> bytes:
    """A root file system with a shell and what it is linked with."""
    shell = os.path.realpath("/bin/sh")
    linked = subprocess.run(["ldd", shell], capture_output=True, text=True, check=True).stdout
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", dereference=True) as archive:
        archive.add(shell, "bin/sh")
        for path in re.findall(r"(/\S+)", linked):
            archive.add(path, path.lstrip("/"))
        for name in ("tmp", "proc", "dev", "sys", "etc", "shared"):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(entry)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    if shutil.which("podman") is None or shutil.which("runc") is None:
        reason = "there is no podman with runc here"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    # podman wants a path of no more than 50 characters, which those of pytest are longer than
    with tempfile.TemporaryDirectory(prefix="p", dir="/tmp", ignore_cleanup_errors=True) as folder:
        yield from built_engine(Path(folder))


def built_engine(folder: Path) -> Iterator[Engine]:
    built = Engine(folder)
    try:
        built.run("import", "-", "localhost/walled:1", given=small_root())
        built.run("run", "--rm", "--network=none", "--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024",
                  "localhost/walled:1", "/bin/sh", "-c", "exit 0")  # fmt: skip
    except subprocess.CalledProcessError as error:
        pytest.skip(f"podman does not run here: {error.stderr[-200:]}")
    digest = built.run("image", "inspect", "localhost/walled:1", "--format={{.Digest}}").strip()
    built.image = f"localhost/walled@{digest}"
    yield built
    assert built.running() == []
    built.run("rmi", "--all", "--force")


async def said(stage: Stage, what: str) -> Any:
    answer = (await stage.gate.modern("tools/call", {"name": f"s__{what}"})).json
    assert "result" in answer, (answer, stage.notes)
    return answer["result"]["said"]


def walled(sandbox: Container) -> Server:
    return Server(command=("/bin/sh", "-c", SHELL), env={"TOKEN": Secret("own")}, sandbox=sandbox)


async def test_a_container_sees_what_it_is_given_and_can_write_only_where_it_may(engine: Engine, tmp_path: Path):
    (tmp_path / "file").write_text("content\n")
    async with commands(s=walled(engine.sandbox(read=(f"{tmp_path}:/shared",)))) as stage:
        assert await said(stage, "token") == "own"
        assert await said(stage, "write") == "refused"
        assert await said(stage, "scratch") == "written"
        assert await said(stage, "shared") == "content"
        assert await said(stage, "harm") == "refused"
        assert len(engine.running()) == 1
    await until(lambda: not engine.running())
    assert (tmp_path / "file").read_text() == "content\n"


async def test_a_signed_image_runs_and_its_digest_is_the_one_that_was_signed(engine: Engine, tmp_path: Path):
    name, _, digest = engine.image.partition("@")
    layout = Layout(tmp_path)
    layout.sign(ELLIPTIC, digest=digest, name=name)
    async with commands(s=walled(engine.sandbox(signature=layout.signature()))) as stage:
        assert await said(stage, "token") == "own"


async def test_an_image_with_another_digest_is_not_run(engine: Engine):
    sandbox = engine.sandbox()
    other = Container(image=f"localhost/walled@{DIGEST}", engine="podman", options=sandbox.options, pull="never")
    async with commands(s=walled(other)) as stage:
        assert "error" in (await stage.gate.modern("tools/call", {"name": "s__token"})).json


HOLDER = """
import asyncio, sys
from tests.mcp.stage import Spool, surround
from tests.mcp.sandboxes.walled import SHELL
from trigate.mcp.sandboxes.container import Container
from trigate.mcp.settings import McpSettings, Server
from trigate.mcp.stdio_host import services

async def main():
    options = tuple(sys.argv[2:])
    sandbox = Container(image=sys.argv[1], engine="podman", options=options, pull="never",
                        run_options=("--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024"))
    server = Server(command=("/bin/sh", "-c", "trap '' TERM; echo up >&2; while :; do read -r x || :; done"),
                    sandbox=sandbox, start="eager")
    around = surround(Spool())
    services(McpSettings(servers={"s": server}), around, lambda name, line: print(line, flush=True))
    await asyncio.sleep(600)

asyncio.run(main())
"""


async def test_no_container_outlives_the_kill_of_the_process_that_runs_it(engine: Engine):
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDER, engine.image, *engine.options, stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    )  # fmt: skip
    assert holder.stdout is not None
    async with asyncio.timeout(PATIENCE):
        while (await holder.stdout.readline()).strip() != b"up":
            pass
    assert len(engine.running()) == 1
    holder.send_signal(signal.SIGKILL)
    await holder.wait()
    await until(lambda: not engine.running())
