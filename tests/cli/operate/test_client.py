"""The way to the admin API while no gateway runs."""

import argparse
import fcntl
from pathlib import Path

import pytest

from trigate.cli.operate.client import InProcess, Port, Refused, connect, place, runs


def arguments(folder: Path) -> argparse.Namespace:
    path = folder / "trigate.yaml"
    path.write_text(f"store: {{ directory: {folder / 'data'} }}\nadmin: {{ listen: '127.0.0.1:1' }}\n")
    return argparse.Namespace(config=str(path))


def test_names_are_escaped() -> None:
    assert place("keys", "a/b c", "rotate") == "/v1/keys/a%2Fb%20c/rotate"


def test_without_a_gateway_the_store_is_asked(tmp_path: Path) -> None:
    way = connect(arguments(tmp_path))
    assert isinstance(way, InProcess)
    assert way.ask("GET", "/v1/keys") == []
    way.ask("PUT", "/v1/teams/a%20b", body={})
    assert way.ask("GET", "/v1/teams/a%20b")["name"] == "a b"


def test_a_gateway_that_runs_is_asked_itself(tmp_path: Path) -> None:
    given = arguments(tmp_path)
    (tmp_path / "data").mkdir()
    with (tmp_path / "data" / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert runs(tmp_path / "data")
        way = connect(given)
        assert isinstance(way, Port)
        with pytest.raises(Refused, match="does not answer"):
            way.ask("GET", "/v1/keys")
    assert not runs(tmp_path / "data")
