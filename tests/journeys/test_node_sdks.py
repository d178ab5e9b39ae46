"""The SDKs for JavaScript before models of every dialect, as the SDKs for Python are."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NODE_MODULES
from tests.journeys.conftest import Gateway
from tests.journeys.models.provider import PATHS, Models, providers
from tests.journeys.sdks.beside import beside
from tests.journeys.sdks.case import CASES, FORM, LOOK_UP, PARAMETERS, PDF_TEXT, PNG_TEXT, Told
from tests.journeys.sdks.judge import judge
from tests.journeys.serving import serving
from tests.patience import PATIENCE

HERE = Path(__file__).parent / "node"
PACKAGES = {
    "openai_chat": "openai",
    "openai_responses": "openai",
    "anthropic_messages": "@anthropic-ai/sdk",
}


@dataclass
class Script:
    """A program that holds one conversation after the other."""

    process: "subprocess.Popen[str]"

    def converse(self, name: str, model: str, *, streamed: bool) -> list[Told]:
        """The whole conversation."""
        case = CASES[name]
        job: dict[str, Any] = {"model": model, "words": case.words, "system": case.system, "streamed": streamed}
        job |= {"answers": len(case.answers), "thinks": case.thinks}
        job |= {"image": PNG_TEXT} if case.image else {}
        job |= {"pdf": PDF_TEXT} if case.pdf else {}
        job |= {"form": FORM} if case.formed else {}
        tool = {"name": "weather", "description": LOOK_UP, "parameters": PARAMETERS}
        job |= {"tool": tool} if case.tools else {}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps(job), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        assert line, "the program ended"
        found = json.loads(line)
        assert "error" not in found, found["error"]
        return [Told(**{**each, "calls": [tuple(call) for call in each["calls"]]}) for each in found["told"]]


@pytest.fixture(scope="module")
def models() -> Iterator[tuple[Models, str]]:
    models = Models()
    with serving(models) as url:
        yield models, url


@pytest.fixture(scope="module")
def running(lasting_gateway: Callable[[str], Gateway], models: tuple[Models, str]) -> Gateway:
    return lasting_gateway(providers(models[1]))


@pytest.fixture(scope="module")
def script(request: pytest.FixtureRequest, running: Gateway, node: Callable[[str], str]) -> Iterator[Script]:
    """One program for all conversations of an SDK."""
    with started(request.param, running.url, running.key, node) as script:
        yield script


@contextmanager
def started(dialect: str, url: str, key: str, node: Callable[[str], str]) -> Iterator[Script]:
    """The program that speaks a dialect."""
    command = [node(PACKAGES[dialect]), str(HERE / f"{dialect}.mjs"), url, key]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Script(process)
            assert process.stdin is not None
            process.stdin.close()
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()


@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
@pytest.mark.parametrize("spoken", PATHS)
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("script", PACKAGES, indirect=True)
def test_an_sdk_converses_with_a_model(
    script: Script, name: str, spoken: str, streamed: bool, models: tuple[Models, str]
) -> None:
    model = models[0]
    model.play(CASES[name].answers)
    told = script.converse(name, spoken, streamed=streamed)
    judge(name, spoken, model, told, streamed=streamed)


@pytest.mark.parametrize("dialect", PACKAGES)
def test_an_sdk_bears_what_the_gateway_says_beside_the_answer(dialect: str, node: Callable[[str], str]) -> None:
    model = Models()
    model.play(CASES["calls"].answers)
    model.remarks = beside
    with serving(model) as url, started(dialect, url, "key", node) as script:
        told = script.converse("calls", "made-up", streamed=True)
    judge("calls", dialect, model, told, streamed=True)


def test_the_packages_are_those_of_the_lock(node: Callable[[str], str]) -> None:
    locked = json.loads((NODE_MODULES.parent / "package-lock.json").read_text())["packages"]
    for package in set(PACKAGES.values()):
        node(package)
        installed = json.loads((NODE_MODULES / package / "package.json").read_text())
        assert installed["version"] == locked[f"node_modules/{package}"]["version"]
