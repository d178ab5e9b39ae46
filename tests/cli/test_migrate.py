"""`trigate migrate`: says what it did, and refuses in one line."""

import sqlite3
from pathlib import Path

import pytest

from trigate.cli.main import main
from trigate.store import version

NOW = version.name(version.CURRENT)


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "trigate.yaml"
    path.write_text(f"store: {{ directory: {tmp_path}/data }}\n")
    return str(path)


def test_an_empty_store_is_made_and_then_left_alone(file: str, capsys: pytest.CaptureFixture[str]):
    assert main(["migrate", "-c", file]) == 0
    assert capsys.readouterr().out == f"the database has schema {NOW} now\n"
    assert main(["migrate", "-c", file]) == 0
    assert capsys.readouterr().out == f"the database has schema {NOW} already\n"


def test_a_newer_store_is_refused_in_one_line(file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["migrate", "-c", file]) == 0
    with sqlite3.connect(tmp_path / "data" / "trigate.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0777'")
    connection.close()
    assert main(["migrate", "-c", file]) == 1
    assert "0777" in capsys.readouterr().err
