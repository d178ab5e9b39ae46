"""Real SDKs before models of every dialect, which judge what they are asked and answer in torn pieces."""

import importlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.journeys.conftest import Gateway
from tests.journeys.models.answer import INPUT, OUTPUT
from tests.journeys.models.provider import PATHS, Models, providers
from tests.journeys.sdks.case import CASES, MARK, Case, Told
from tests.journeys.serving import serving

UNSAID = {("pdf", "cohere_chat")}
"""What a provider's dialect has no place for."""
UNSIGNED = {"cohere_chat", "openai_chat"}
"""Where thoughts have no signatures, or take none back unless the provider is known to."""
UNABLE = {("pdf", "cohere_chat")}
"""What an SDK cannot ask for."""


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
    model.asked.clear()
    model.faults.clear()
    model.script = list(case.answers)
    sdk = importlib.import_module(f"tests.journeys.sdks.{caller}")
    try:
        told = sdk.converse(clients[caller], spoken, case, streamed=streamed)
    except Exception:
        assert model.faults == []
        raise
    assert model.faults == []
    assert told == expected(case)
    assert [each.streamed for each in model.asked] == [streamed] * len(case.answers)
    if (name, spoken) not in UNSAID:
        last = model.asked[-1].text
        told_base64 = last.replace("-", "+").replace("_", "/")  # Google takes either alphabet
        assert [each for each in case.carries if each not in last and each not in told_base64] == []
    if case.thinks and spoken not in UNSIGNED:
        assert MARK in model.asked[-1].text, "the thought came back without its signature"


def expected(case: Case) -> list[Told]:
    """What every SDK must tell."""
    return [
        Told(
            each.text,
            [(call.name, call.arguments) for call in each.calls],
            each.thought,
            bool(each.calls),
            INPUT,
            OUTPUT,
        )
        for each in case.answers
    ]
