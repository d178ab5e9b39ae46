"""The data path is written with few primitives, because the others cost more than the work they do."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.house.sources import DATA_PATH, FUNCTIONS, dotted, functions, parsed, place, sources

COSTLY_WAITS = {
    f"asyncio.{name}" for name in ("shield", "timeout", "timeout_at", "wait_for", "gather", "sleep", "wait")
}
"""Microseconds each, or a second task: deadlines are fields swept ten times a second, and an exchange is one task."""
LOG_LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
MAY_WAIT = {
    "src/trigate/outbound/renewer.py": "the control process, for all workers, when a token is renewed",
    "src/trigate/policy/consent/host.py": "the control process, while a person decides",
    "src/trigate/policy/consent/messenger.py": "the control process, before a message is sent again",
}
"""Files of the data path's packages that run elsewhere."""
MAY_LOG = {
    "src/trigate/inbound/listener.py": "a certificate that cannot be used, when it changes and never per request",
    "src/trigate/mcp/pinning.py": "a tool's definition that is odd, once per definition",
    "src/trigate/policy/limiting/notice.py": "a threshold of a budget, once per window",
    "src/trigate/outbound/renewer.py": "the control process, for all workers, when a token is renewed",
    "src/trigate/policy/consent/host.py": "the control process, when a call begins to wait for a person",
    "src/trigate/policy/consent/messenger.py": "the control process, when operators cannot be told",
}
"""Files of the data path that speak of something else than requests, each with what it is."""


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call):
            yield dotted(node.func), node


def async_generators(path: Path) -> list[str]:
    return [place(path, each) for each in functions(path) if isinstance(each, ast.AsyncFunctionDef) and yields(each)]


def yields(function: ast.AST) -> bool:
    """Whether `function` itself yields; functions inside it are their own affair."""
    return any(
        isinstance(node, ast.Yield | ast.YieldFrom) or yields(node)
        for node in ast.iter_child_nodes(function)
        if not isinstance(node, (*FUNCTIONS, ast.Lambda))
    )


def costly_waits(path: Path) -> list[str]:
    if place(path) in MAY_WAIT:
        return []
    imported = [
        place(path, node)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ImportFrom) and node.module == "asyncio"
        for alias in node.names
        if f"asyncio.{alias.name}" in COSTLY_WAITS
    ]
    return imported + [place(path, node) for name, node in calls(path) if name in COSTLY_WAITS]


def prints(path: Path) -> list[str]:
    return [place(path, node) for name, node in calls(path) if name == "print"]


def logs(path: Path) -> list[str]:
    """Calls such as `log.info(…)` or `logging.getLogger(…)`: records are for that, one per call."""
    return [place(path, node) for name, node in calls(path) if is_log(name) and place(path) not in MAY_LOG]


def is_log(name: str) -> bool:
    owner, _, verb = name.rpartition(".")
    return owner.split(".")[0] == "logging" or (
        verb in LOG_LEVELS and owner.split(".")[-1] in {"log", "logger", "_log", "_logger"}
    )


def loose_tasks(path: Path) -> list[str]:
    """Tasks made without `core.tasks.spawn`, which keeps them and reports their failures."""
    if path.parts[-2:] == ("core", "tasks.py"):
        return []
    return [place(path, node) for name, node in calls(path) if name.endswith((".create_task", ".ensure_future"))]


@pytest.mark.parametrize("forbidden", [async_generators, costly_waits, prints, logs, loose_tasks])
def test_the_data_path_uses_no(forbidden: Callable[[Path], list[str]]):
    assert [found for path in sources(*DATA_PATH) for found in forbidden(path)] == []


SPECIMENS = {
    "async def f():\n    yield 1\n": async_generators,
    "async def f():\n    await asyncio.wait_for(g(), 1)\n": costly_waits,
    "from asyncio import shield\n": costly_waits,
    "print(1)\n": prints,
    "self._log.info('x')\n": logs,
    "logging.getLogger('x')\n": logs,
    "asyncio.get_running_loop().create_task(f())\n": loose_tasks,
}


@pytest.mark.parametrize("source", SPECIMENS)
def test_what_is_forbidden_would_be_seen(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tests.house.sources.ROOT", tmp_path)
    specimen = tmp_path / "specimen.py"
    specimen.write_text(source)
    assert SPECIMENS[source](specimen)


def test_a_plain_generator_inside_a_coroutine_is_allowed(tmp_path: Path):
    specimen = tmp_path / "specimen.py"
    specimen.write_text("async def f():\n    def g():\n        yield 1\n    return g\n")
    assert async_generators(specimen) == []
