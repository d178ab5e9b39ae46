"""A data worker carries nothing it does not use: no SQL, web framework, template engine, telemetry or provider SDK."""

import subprocess
import sys

import pytest

from tests.patience import PATIENCE

FOREIGN = {
    "aiohttp", "fastapi", "flask", "httpx", "httpx2", "litestar", "pydantic", "requests", "starlette", "uvicorn",
    "jinja2", "alembic", "psycopg", "sqlalchemy", "sqlite3", "redis",
    "opentelemetry", "prometheus_client",
    "anthropic", "boto3", "mcp", "openai",
    "numpy", "unittest", "pytest",
}  # fmt: skip
MODULES = "import importlib, sys; [importlib.import_module(n) for n in sys.argv[1:]]; print(*sys.modules)"


def imported(*names: str) -> list[str]:
    """Every module that is loaded once `names` have been imported in a process of their own."""
    command = [sys.executable, "-c", MODULES, *names]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE).stdout.split()


def foreign(modules: list[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules} & FOREIGN


@pytest.mark.parametrize("module", ["trigate.app", "trigate.process.worker"])
def test_a_data_worker_imports_no_foreign_stack(module: str):
    assert foreign(imported(module)) == set()


def test_what_is_loaded_would_be_seen():
    assert foreign(imported("sqlite3")) == {"sqlite3"}


def test_a_lane_is_not_imported_before_a_file_names_it():
    lanes = ("trigate.api", "trigate.llm", "trigate.mcp", "trigate.portal", "trigate.admin")
    assert [name for name in imported("trigate.app") if name.startswith(lanes)] == []
