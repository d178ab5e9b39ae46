"""Reload: a good file is used without a request failing, a bad one changes nothing."""

import http.client
import signal
from pathlib import Path

import pytest

from tests.config.secret_stores.fake import serving
from tests.patience import PATIENCE
from tests.ports import free_port
from tests.process.scene import Callers, Gateway, refused, until
from trigate.core.errors import BadConfig
from trigate.process.reload import Source


@pytest.fixture
def gateway(tmp_path: Path):
    with Gateway(tmp_path) as running:
        yield running


def test_a_changed_file_is_used_by_the_same_processes(gateway: Gateway):
    worker, children = gateway.pid(), {child.pid for child in gateway.children()}
    gateway.write("two")
    until(lambda: gateway.name() == "two")
    assert gateway.pid() == worker
    assert {child.pid for child in gateway.children()} == children
    until(lambda: gateway.probe()[1]["checks"]["configuration"]["detail"] == "generation 2")


def test_a_file_that_is_changed_while_the_gateway_starts_is_used(tmp_path: Path):
    gateway = Gateway(tmp_path)
    gateway.write("slow")
    gateway.start()
    try:
        until(lambda: "building" in gateway.log())
        gateway.write("two")
        gateway.release()
        until(lambda: "ready" in gateway.log())
        until(lambda: gateway.name() == "two")
    finally:
        assert gateway.stop() == 0


def test_sighup_reloads_even_a_file_that_looks_the_same(gateway: Gateway):
    gateway.signal(signal.SIGHUP)
    until(lambda: "generation=2" in gateway.log())
    assert gateway.name() == "one"


def test_a_connection_that_was_open_before_is_served_by_the_new_configuration(gateway: Gateway):
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=PATIENCE)
    connection.request("GET", "/")
    assert connection.getresponse().read().split()[1] == b"one"
    gateway.write("two")
    until(lambda: gateway.name() == "two")
    connection.request("GET", "/")
    assert connection.getresponse().read().split()[1] == b"two"
    connection.close()


BAD = {
    "problems": ({"inbound": {"lisen": 1}, "nonsense": 2}, ["lisen", "nonsense"]),
    "unbuildable": ({"key": "unbuildable"}, ["only by building"]),
    "no file": ({}, ["no such file"]),
    "no place for the access log": ({"telemetry": {"access_log": "/nowhere/access.log"}}, ["No such file"]),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_cannot_be_used_is_told_in_full_and_changes_nothing(gateway: Gateway, name: str):
    changes, told = BAD[name]
    if changes:
        gateway.write(**changes)
    else:
        gateway.path.unlink()
    gateway.signal(signal.SIGHUP)
    until(lambda: "the old one goes on" in gateway.log())
    until(lambda: all(word in gateway.log() for word in told))
    assert gateway.name() == "one"
    until(lambda: gateway.probe()[1]["checks"]["configuration"]["detail"] != "generation 1")
    assert gateway.probe()[0] == 200
    gateway.write("two")
    until(lambda: gateway.name() == "two")


def test_a_build_that_kills_the_worker_leaves_the_old_configuration(gateway: Gateway):
    gateway.write("crash")
    until(lambda: "the old one goes on" in gateway.log())
    assert gateway.name() == "one"


def test_a_changed_way_in_brings_a_new_worker_and_lets_the_old_one_finish(gateway: Gateway):
    old_worker, old_port = gateway.pid(), gateway.port
    connection = http.client.HTTPConnection("127.0.0.1", old_port, timeout=PATIENCE)
    connection.request("GET", "/stream")
    stream = connection.getresponse()
    assert stream.read(6) == b"begun "
    new_port = free_port()
    gateway.write("two", inbound={"listen": [f"127.0.0.1:{old_port}", f"127.0.0.1:{new_port}"]})
    gateway.port = new_port
    until(lambda: "generation=2" in gateway.log())
    assert gateway.name() == "two"
    assert gateway.pid() != old_worker
    gateway.release()
    assert stream.read() == b"end"
    connection.close()
    gateway.port = old_port
    assert gateway.name() == "two"
    until(lambda: len(gateway.children()) == 2)
    gateway.port = new_port
    gateway.write("three", inbound={"listen": f"127.0.0.1:{new_port}"})
    until(lambda: gateway.name() == "three")
    until(lambda: refused(old_port))


def test_a_changed_way_in_that_cannot_be_had_changes_nothing(gateway: Gateway):
    worker = gateway.pid()
    gateway.write("two", inbound={"listen": [f"127.0.0.1:{gateway.port}", "192.0.2.1:1"]})
    until(lambda: "cannot listen on 192.0.2.1:1" in gateway.log())
    assert (gateway.pid(), gateway.name()) == (worker, "one")
    gateway.write("unbuildable", inbound={"listen": f"127.0.0.1:{gateway.port}", "timeouts": {"drain": "1s"}})
    until(lambda: gateway.log().count("the old one goes on") == 2)
    assert (gateway.pid(), gateway.name()) == (worker, "one")


def test_a_changed_admin_port_moves_without_touching_the_rest(gateway: Gateway):
    children = {child.pid for child in gateway.children()}
    moved = free_port()
    gateway.write("two", admin={"listen": f"127.0.0.1:{moved}"})
    until(lambda: gateway.name() == "two")
    gateway.admin = moved
    assert until(lambda: gateway.probe()[0] == 200)
    assert {child.pid for child in gateway.children()} == children


@pytest.mark.parametrize("way_in", [False, True], ids=["inside", "a new worker"])
def test_a_gateway_told_to_stop_while_it_reloads_stops_well(gateway: Gateway, way_in: bool):
    inbound = {"listen": f"127.0.0.1:{gateway.port}", "timeouts": {"drain": "29s"}}
    gateway.write("slow", **({"inbound": inbound} if way_in else {}))
    gateway.signal(signal.SIGHUP)
    until(lambda: "building" in gateway.log())
    gateway.signal(signal.SIGTERM)
    until(lambda: "stopping" in gateway.log())
    gateway.release()
    assert gateway.process.wait(PATIENCE) == 0
    assert "generation=2" not in gateway.log()


def test_the_state_directory_cannot_change(gateway: Gateway):
    gateway.write("two", store={"directory": str(gateway.directory / "elsewhere")})
    until(lambda: "store.directory cannot change" in gateway.log())
    assert gateway.name() == "one"


def test_requests_on_fresh_and_reused_connections_do_not_fail_while_it_reloads(gateway: Gateway):
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=PATIENCE)

    def reuse() -> None:
        connection.request("GET", "/")
        answer = connection.getresponse()
        assert answer.status == 200
        answer.read()

    with Callers(gateway.ask, reuse):
        for number in range(2, 7):
            inbound = {"listen": f"127.0.0.1:{gateway.port}", "timeouts": {"drain": f"{20 + number % 3}s"}}
            gateway.write(f"n{number}", **({"inbound": inbound} if number % 2 else {}))
            gateway.signal(signal.SIGHUP)
            until(lambda wanted=number: f"generation={wanted}" in gateway.log())
    connection.close()


def test_a_source_keeps_the_last_text_that_was_good(tmp_path: Path):
    path = tmp_path / "trigate.yaml"
    path.write_text("telemetry: { log: json }\n")
    source = Source(str(path))
    assert source.read().telemetry.log == "json"
    path.write_text("telemetry: { log: loud }\n")
    with pytest.raises(BadConfig):
        source.read()
    assert source.text == "telemetry: { log: json }\n"
    path.unlink()
    with pytest.raises(BadConfig, match="no such file"):
        source.read()


def test_what_was_read_is_nothing_new(tmp_path: Path):
    path = tmp_path / "trigate.yaml"
    path.write_text("telemetry: { log: json }\n")
    source = Source(str(path))
    path.write_text("telemetry: { log: text }\n# at a signal, say\n")
    source.read()
    assert not any(source.watch.changed() for _ in range(3))
    path.write_text("telemetry: { log: json }\n# and now by itself\n")
    assert [source.watch.changed() for _ in range(3)] == [False, True, False]


def test_a_store_of_secrets_is_asked_once_for_all_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    asked = list[str]()

    def store(method: str, path: str, fields: object, body: bytes) -> tuple[int, dict[str, object]]:
        asked.append(path)
        return 200, {"data": {"value": f"secret-of-the-store-{len(asked)}"}}

    path = tmp_path / "trigate.yaml"
    path.write_text("policy: { keys: { a: { secret: '${vault:kv/a}' } } }\n")
    with serving(store) as url:
        monkeypatch.setenv("VAULT_ADDR", url)
        monkeypatch.setenv("VAULT_TOKEN", "t")
        source, child = Source(str(path)), Source(str(path))
        secrets = [config.policy.keys["a"].secret for config in (source.read(), child.unpack(source.pack().decode()))]
        assert [secret.reveal() for secret in secrets if secret] == ["secret-of-the-store-1"] * 2
        again = source.read().policy.keys["a"].secret
        assert again is not None
        assert again.reveal() == "secret-of-the-store-2"
    assert asked == ["/v1/kv/a"] * 2
