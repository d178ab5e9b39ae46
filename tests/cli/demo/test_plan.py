"""The demo's ports, keys and configuration."""

import socket
from collections.abc import Iterator

import pytest

from tests.ports import free_port
from trigate.cli.demo.plan import HOST, Plan, configuration, make_plan
from trigate.config.config import Config
from trigate.config.load import load_text

SERVICE, PROVIDER = "http://127.0.0.1:9001", "http://127.0.0.1:9002"
KEYS = {"OPENAI_API_KEY": "sk-canary-0123456789", "GROQ_API_KEY": "gsk-canary-0123456789"}


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody else listens on, willing to share it."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind((HOST, free_port() + 1))  # the one before it is free
        other.listen()
        yield other.getsockname()[1]


def loaded(plan: Plan, variables: dict[str, str] | None = None) -> Config:
    text = configuration(plan, "/somewhere/data: #1", SERVICE, PROVIDER, ["python", "-m", "tools"])
    return load_text(text, "demo", variables or {})


def test_a_port_that_is_free_is_taken_as_wished():
    plan = make_plan(0, {})
    wished = make_plan(plan.port, {})
    assert (wished.port, wished.url) == (plan.port, f"http://127.0.0.1:{plan.port}")


def test_a_wish_that_cannot_be_fulfilled_is_refused(taken: int):
    with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1:{taken}: Address already in use"):
        make_plan(taken, {})


def test_the_usual_port_gives_way_to_another_with_a_clear_line(taken: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("trigate.cli.demo.plan.PORT", taken)
    plan = make_plan(None, {})
    assert plan.port != taken
    assert plan.notes[0] == f"port {taken} is taken: callers find the gateway at 127.0.0.1:{plan.port}"


def test_the_port_of_operators_gives_way_too(taken: int):
    plan = make_plan(taken - 1, {})
    assert (plan.port, plan.admin_port != taken) == (taken - 1, True)
    assert plan.notes == (f"port {taken} is taken: operators find the gateway at 127.0.0.1:{plan.admin_port}",)


def test_every_run_has_keys_of_its_own():
    keys = {key for plan in (make_plan(0, {}), make_plan(0, {})) for key in (plan.key, plan.provider_key)}
    assert len(keys) == 4
    assert min(map(len, keys)) >= 32


def test_the_configuration_is_one_the_gateway_accepts():
    plan = make_plan(0, {})
    config = loaded(plan)
    assert config.llm
    assert config.mcp
    assert config.api
    assert config.inbound.listeners[0].address == f"127.0.0.1:{plan.port}"
    assert config.admin.listen == f"127.0.0.1:{plan.admin_port}"
    assert config.store.directory == "/somewhere/data: #1"
    assert config.policy.keys["demo"].secret.reveal() == plan.key
    assert set(config.llm.providers) == {"demo"}
    assert {target for route in config.api.routes.values() for target in route.targets} == {SERVICE}
    assert config.mcp.servers["demo"].command == ("python", "-m", "tools")


def test_keys_of_real_providers_add_models_and_change_nothing_else():
    config, plain = loaded(make_plan(0, KEYS), KEYS), loaded(make_plan(0, {}))
    assert config.llm
    assert plain.llm
    assert set(config.llm.providers) == {"demo", "openai", "groq"}
    assert config.llm.models == plain.llm.models
    assert all(model.addresses()[0].startswith("demo/") for model in config.llm.models.values())


def test_a_real_key_is_named_in_the_file_and_never_written_into_it():
    text = configuration(make_plan(0, KEYS), "data", SERVICE, PROVIDER, ["tools"])
    assert "${OPENAI_API_KEY}" in text
    assert "canary" not in text


@pytest.mark.parametrize("strange", ["sk-with\nnewline", "sk-ключ", " sk-space "])
def test_a_strange_key_in_the_environment_costs_only_its_provider(strange: str):
    variables = KEYS | {"OPENAI_API_KEY": strange}
    plan = make_plan(0, variables)
    assert [each.name for each in plan.providers] == ["groq"]
    assert plan.notes[-1] == "$OPENAI_API_KEY holds no usable key: left out"
    assert loaded(plan, variables).llm
