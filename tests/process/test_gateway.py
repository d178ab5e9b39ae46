"""A whole gateway of processes, seen from outside: starts, ends, and what it leaves behind."""

import socket
import subprocess
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from tests.process.scene import ROOT, TOY, Gateway, alive, until


@pytest.fixture
def gateway(tmp_path: Path):
    with Gateway(tmp_path) as running:
        yield running


def test_it_answers_is_live_and_ready_and_ends_well_leaving_nothing(gateway: Gateway):
    assert gateway.name() == "one"
    assert gateway.probe("/livez") == (200, {"status": "live"})
    _, body = until(lambda: gateway.probe() if gateway.probe()[0] == 200 else None)
    assert body["checks"]["workers"] == {"ok": True, "detail": "1 of 1 serve"}
    children = gateway.children()
    assert len(children) == 2
    assert gateway.stop() == 0
    assert not any(map(alive, children))
    assert list((gateway.directory / "data" / "spool").iterdir()) == []


def test_a_state_directory_belongs_to_one_gateway(gateway: Gateway):
    second = subprocess.run(
        [*TOY, str(gateway.path)], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert second.returncode != 0
    assert "is in use by another gateway: set store.directory" in second.stderr
    assert gateway.name() == "one"


@pytest.mark.parametrize("shared", [False, True], ids=["alone", "shareable"])
def test_an_address_that_is_taken_is_told(tmp_path: Path, shared: bool):
    gateway = Gateway(tmp_path)
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(shared))
        taken.bind(("127.0.0.1", gateway.port))
        taken.listen()
        gateway.start()
        assert gateway.process.wait(PATIENCE) != 0
    assert f"cannot listen on 127.0.0.1:{gateway.port}" in gateway.log()


@pytest.mark.parametrize(
    ("key", "told"), [("unbuildable", "this can be found out only by building"), ("crash", "status=9")]
)
def test_a_configuration_that_cannot_be_built_ends_the_start_with_1(tmp_path: Path, key: str, told: str):
    gateway = Gateway(tmp_path)
    gateway.write(key)
    gateway.start()
    assert gateway.process.wait(PATIENCE) == 1
    assert told in gateway.log()
