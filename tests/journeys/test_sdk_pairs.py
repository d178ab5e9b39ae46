"""Real SDKs before models of every dialect, which judge what they are asked and answer in torn pieces."""

import importlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.journeys.conftest import Gateway
from tests.journeys.models.provider import PATHS, Models, providers
from tests.journeys.sdks.beside import beside
from tests.journeys.sdks.case import CASES
from tests.journeys.sdks.judge import UNABLE, judge
from tests.journeys.serving import serving


@pytest.fixture(scope="module")
def models() -> Iterator[tuple[Models, str]]:
    models = Models()
    with serving(models) as url:
        yield models, url


@pytest.fixture(scope="module")
def running(lasting_gateway: Callable[[str], Gateway], models: tuple[Models, str]) -> Gateway:
    return lasting_gateway(providers(models[1]))


@pytest.fixture(scope="module")
def clients(running: Gateway) -> dict[str, Any]:
    """One SDK of each kind for all tests."""
    return {
        name: importlib.import_module(f"tests.journeys.sdks.{name}").client(running.url, running.key) for name in PATHS
    }


@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
@pytest.mark.parametrize("spoken", PATHS)
@pytest.mark.parametrize("caller", PATHS)
@pytest.mark.parametrize("name", CASES)
def test_an_sdk_converses_with_a_model(
    name: str, caller: str, spoken: str, streamed: bool, models: tuple[Models, str], clients: dict[str, Any]
) -> None:
    if (name, caller) in UNABLE:
        return
    case, model = CASES[name], models[0]
    model.play(case.answers)
    sdk = importlib.import_module(f"tests.journeys.sdks.{caller}")
    try:
        told = sdk.converse(clients[caller], spoken, case, streamed=streamed)
    except Exception:
        assert model.faults == []
        raise
    judge(name, spoken, model, told, streamed=streamed)


@pytest.mark.parametrize("caller", PATHS)
def test_an_sdk_bears_what_the_gateway_says_beside_the_answer(caller: str) -> None:
    case, model = CASES["calls"], Models()
    model.play(case.answers)
    model.remarks = beside
    sdk = importlib.import_module(f"tests.journeys.sdks.{caller}")
    with serving(model) as url:
        client = sdk.client(url, "key")
        told = sdk.converse(client, "made-up", case, streamed=True)
        if hasattr(client, "close"):
            client.close()
    judge("calls", caller, model, told, streamed=True)


@pytest.mark.proof
@pytest.mark.parametrize("spoken", PATHS)
@pytest.mark.parametrize("caller", PATHS)
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("most", [1, 2, 3])
def test_streams_are_understood_byte_by_byte(
    most: int, name: str, caller: str, spoken: str, models: tuple[Models, str], clients: dict[str, Any]
) -> None:
    model, usual = models[0], models[0].most
    model.most = most
    try:
        test_an_sdk_converses_with_a_model(name, caller, spoken, True, models, clients)
    finally:
        model.most = usual
