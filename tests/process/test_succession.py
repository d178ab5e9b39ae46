"""Successors: several workers exchanged, added and taken away, and nobody refused meanwhile."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.ports import free_port
from tests.process.scene import Callers, Gateway, kill, refused, until


def inbound(gateway: Gateway, workers: int, **more: Any) -> dict[str, Any]:
    return {"listen": f"127.0.0.1:{gateway.port}", "workers": workers, "timeouts": {"drain": "30s"}} | more


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    several = Gateway(tmp_path)
    several.write(inbound=inbound(several, 4))
    with several:
        yield several


def pids(gateway: Gateway, times: int = 60) -> set[int]:
    return {gateway.pid() for _ in range(times)}


def test_every_worker_gets_its_share_of_the_callers(gateway: Gateway):
    counts = Counter(gateway.pid() for _ in range(120))
    assert len(counts) == 4
    assert min(counts.values()) > 10
    until(lambda: gateway.probe()[1]["checks"]["workers"]["detail"] == "4 of 4 serve")


def test_a_unix_socket_is_served_by_all(tmp_path: Path):
    gateway = Gateway(tmp_path)
    path = tmp_path / "socket"
    gateway.write(inbound=inbound(gateway, 2, listen=[f"127.0.0.1:{gateway.port}", f"unix:{path}"]))
    with gateway:
        assert len(pids(gateway)) == 2
        assert path.is_socket()


def test_the_number_of_workers_changes_without_refusing_anybody(gateway: Gateway):
    with Callers(*[gateway.ask] * 3):
        for generation, workers in enumerate((2, 1, 4, 6, 3), 2):
            gateway.write(inbound=inbound(gateway, workers))
            until(lambda wanted=generation: f"generation={wanted}" in gateway.log())
            until(lambda wanted=workers: len(gateway.children()) == wanted + 1)
            until(lambda wanted=workers: len(pids(gateway)) == wanted)


def test_more_workers_that_cannot_be_built_leave_those_there_are(gateway: Gateway):
    before = pids(gateway)
    gateway.write("unbuildable", inbound=inbound(gateway, 6))
    until(lambda: "the old one goes on" in gateway.log())
    assert pids(gateway) == before
    until(lambda: len(gateway.children()) == 5)


def test_an_address_that_comes_and_one_that_goes_with_other_workers(gateway: Gateway):
    more = free_port()
    gateway.write("two", inbound=inbound(gateway, 2, listen=[f"127.0.0.1:{gateway.port}", f"127.0.0.1:{more}"]))
    until(lambda: "generation=2" in gateway.log())
    old, gateway.port = gateway.port, more
    until(lambda: len(pids(gateway)) == 2)
    gateway.write("three", inbound=inbound(gateway, 3))
    until(lambda: "generation=3" in gateway.log())
    until(lambda: len(gateway.children()) == 4)
    assert len(pids(gateway)) == 3
    until(lambda: refused(old))


def test_a_worker_that_is_killed_takes_nothing_of_the_others_with_it(gateway: Gateway):
    victim, *others = sorted(pids(gateway))
    kill(psutil.Process(victim))
    with Callers(*[gateway.ask] * 3):
        until(lambda: "a process was restarted" in gateway.log())
        until(lambda: len(pids(gateway)) == 4)
    assert set(others) < pids(gateway)


def test_a_gateway_with_several_workers_ends_well(gateway: Gateway):
    pids(gateway)
    assert gateway.stop() == 0
    assert list((gateway.directory / "data" / "spool").iterdir()) == []
