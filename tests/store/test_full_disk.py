"""A disk without room, under the database and under the spool: told clearly, and caught up once when there is room."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.patience import PATIENCE
from tests.process.scene import Gateway, until
from tests.store.record import charge, record
from tests.store.test_under_load import Load, judge, opened
from trigate.core.clock import clock
from trigate.core.errors import StoreUnavailable
from trigate.core.settings import Secret
from trigate.store.settings import StoreSettings
from trigate.store.store import Store

MEGABYTE = 1024 * 1024


class Disk:
    """A small disk of its own."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._ballast = place / "ballast"

    def fill(self) -> None:
        """Leave no room."""
        with self._ballast.open("wb", buffering=0) as file:
            for size in (65536, 1):
                try:
                    while file.write(bytes(size)) == size:
                        pass
                except OSError:
                    continue

    def clear(self) -> None:
        """Make room again."""
        self._ballast.unlink()


@pytest.fixture
def mount() -> Iterator[Callable[[Path, int], Disk]]:
    """`mount(place, megabytes)`; only root may do that, so that for others the test is skipped by name."""
    mounted: list[Path] = []

    def mount_one(place: Path, megabytes: int) -> Disk:
        place.mkdir(parents=True, mode=0o700)
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "tmpfs", str(place)]
        if os.getuid() != 0 or subprocess.run(command, check=False, capture_output=True, timeout=PATIENCE).returncode:
            pytest.skip("only root may mount a small disk, where the system lets it")
        mounted.append(place)
        return Disk(place)

    yield mount_one
    for each in mounted:
        subprocess.run(["umount", "-l", str(each)], check=True, timeout=PATIENCE)


def settings_of(tmp_path: Path, **more: Any) -> dict[str, Any]:
    return {"store": {"directory": str(tmp_path / "data"), "timeout": "1s", **more}}


def on_small_disk(tmp_path: Path, fail: str) -> tuple[StoreSettings, dict[str, Any]]:
    """The database on a disk of its own, the spool elsewhere."""
    url = "sqlite:///disk/trigate.db"
    more = settings_of(tmp_path, url=url, fail=fail)
    return StoreSettings(directory=str(tmp_path / "data"), url=Secret(url)), more


def test_traffic_goes_on_while_the_database_has_no_room_and_is_caught_up_once(
    tmp_path: Path, mount: Callable[[Path, int], Disk]
):
    disk = mount(tmp_path / "data" / "disk", 4)
    settings, more = on_small_disk(tmp_path, "open")
    with Gateway(tmp_path, more=more) as gateway:
        load = Load(gateway)
        assert load.call() == "recorded"
        judge(settings, load)
        disk.fill()
        until(lambda: load.call() == "recorded" and "the ledger cannot be written" in gateway.log(), PATIENCE)
        assert "full" in gateway.log()
        status, said = gateway.probe()
        assert (status, "full" in said["checks"]["store"]["detail"]) == (200, True)
        for _ in range(20):
            assert load.call() == "recorded"
        disk.clear()
        judge(settings, load)
        until(lambda: "the ledger is written again" in gateway.log(), PATIENCE)
        assert load.sent == load.seen


def test_traffic_stops_while_the_database_has_no_room_if_the_file_says_so(
    tmp_path: Path, mount: Callable[[Path, int], Disk]
):
    disk = mount(tmp_path / "data" / "disk", 4)
    settings, more = on_small_disk(tmp_path, "closed")
    with Gateway(tmp_path, more=more) as gateway:
        load = Load(gateway)
        until(lambda: load.call() == "recorded", PATIENCE)
        judge(settings, load)
        disk.fill()
        refusal = json.loads(until(lambda: (answer := load.call()) != "recorded" and answer, PATIENCE))
        assert (refusal["code"], gateway.probe()[0]) == ("store.unavailable", 503)
        disk.clear()
        until(lambda: load.call() == "recorded", PATIENCE)
        judge(settings, load)


def test_nothing_new_is_begun_while_the_spool_has_no_room_and_nothing_is_lost(
    tmp_path: Path, mount: Callable[[Path, int], Disk]
):
    disk = mount(tmp_path / "data" / "spool", 24)
    with Gateway(tmp_path, more=settings_of(tmp_path)) as gateway:
        load = Load(gateway)
        assert load.call() == "recorded"
        disk.fill()
        refusal = json.loads(until(lambda: heavy(load) or None, PATIENCE))
        assert refusal["status"] == 503
        assert "the spool is full" in gateway.log()
        assert gateway.probe()[0] == 503
        disk.clear()
        until(lambda: load.call() == "recorded", PATIENCE)
        assert "the spool has room" in gateway.log()
        judge(StoreSettings(directory=str(tmp_path / "data")), load)


def heavy(load: Load) -> str:
    """A call with a large record; the answer if it was refused."""
    name = f"{len(load.sent):024x}"
    load.sent.add(name)
    body = record(name, time=clock.wall_ns(), charges=[charge(1, end=0)], path="x" * (MEGABYTE // 4))
    answer = load.gateway.ask("/record", body)
    if answer != "recorded":
        return answer
    load.seen.add(name)
    return ""


def test_a_store_on_a_full_disk_says_so(tmp_path: Path, mount: Callable[[Path, int], Disk]):
    disk = mount(tmp_path / "data" / "disk", 1)
    settings, _ = on_small_disk(tmp_path, "open")
    with opened(settings) as store:
        store.open()
        disk.fill()
        with pytest.raises(StoreUnavailable, match="full"):
            stuff(store)
        disk.clear()
        with store.writing() as connection:
            connection.exec_driver_sql("INSERT INTO meta VALUES ('later', 1, NULL)")


def stuff(store: Store) -> None:
    """Write four megabytes."""
    for number in range(1000):
        with store.writing() as connection:
            connection.exec_driver_sql("INSERT INTO meta VALUES (?, 1, ?)", (f"m{number}", bytes(4096)))
