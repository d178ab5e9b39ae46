"""Claude Code, Codex and Gemini CLI read a file and answer, with models of every dialect behind the gateway."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.coding_agent import AGENTS, PACKAGES, CodingAgent
from tests.journeys.conftest import START_SECONDS, Gateway
from tests.journeys.models.answer import Answer, Call
from tests.journeys.models.provider import PATHS, Asked, Models, providers
from tests.journeys.sdks.beside import beside
from tests.journeys.serving import serving

pytestmark = pytest.mark.proof

WORD = "marmalade-4711"


class Reader:
    """A model that has the file read, and then says what is in it."""

    def __init__(self, agent: CodingAgent, file: Path) -> None:
        self._call = Call("call_1", agent.tool, agent.call(file))

    def __call__(self, asked: Asked) -> Answer:
        if WORD in asked.text:
            return Answer(f"The word is {WORD}.")
        if f'"{self._call.name}"' not in asked.text:
            return Answer("Reading a note")  # a title, or whatever else is asked for without tools
        return Answer("I read it.", [self._call], "There is a file.", "c2lnbmVk")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where an agent lives and works."""
    for name in ("home", "work"):
        (tmp_path / name).mkdir()
    (tmp_path / "work" / "note.txt").write_text(f"{WORD}\n")
    subprocess.run(["git", "init", "-q", str(tmp_path / "work")], check=True)
    return tmp_path


@pytest.fixture
def agent(request: pytest.FixtureRequest) -> CodingAgent:
    """An agent, if it is installed."""
    found = AGENTS[request.param]
    if not (PACKAGES / found.script).is_file():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"{found.title} is missing: run `make proof`")
    return found


@pytest.fixture(scope="module")
def models() -> Iterator[tuple[Models, str]]:
    models = Models()
    with serving(models) as url:
        yield models, url


@pytest.mark.timeout(600)
@pytest.mark.parametrize("dialect", PATHS)
@pytest.mark.parametrize("agent", AGENTS, indirect=True)
def test_an_agent_works_with_a_model_of_any_dialect(
    agent: CodingAgent, dialect: str, folder: Path, models: tuple[Models, str]
) -> None:
    model, url = models
    model.asked.clear()
    model.speak = Reader(agent, folder / "work" / "note.txt")
    # What passes as it came is the agent's own to answer for: it may know more than its maker's published types.
    model.strict = dialect != agent.dialect
    running = Gateway(folder, providers(url).replace("  models:\n", f"  models:\n    smart: {_model(dialect)}\n"))
    try:
        running.until(running.ready, START_SECONDS)
        done = agent.run(folder, running.url, running.key)
    finally:
        assert running.stop() == 0
    assert model.faults == []
    assert done.returncode == 0, done.stderr + done.stdout
    assert f"The word is {WORD}." in done.stdout, done.stderr + done.stdout
    assert [each for each in model.asked if WORD in each.text], "the file was never read"
    assert {each.dialect for each in model.asked} == {dialect}
    records = running.records()
    assert [(each["lane"], each["outcome"]) for each in records] == [("llm", "ok")] * len(model.asked)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("agent", AGENTS, indirect=True)
def test_an_agent_bears_what_the_gateway_says_beside_the_answer(agent: CodingAgent, folder: Path) -> None:
    model = Models(strict=False)
    model.speak, model.remarks = Reader(agent, folder / "work" / "note.txt"), beside
    with serving(model) as url:
        done = agent.run(folder, url, "key")
    assert f"The word is {WORD}." in done.stdout, done.stderr + done.stdout


def _model(dialect: str) -> str:
    return f"{{ targets: at_{dialect}/made-up, price: {{ input: 1, output: 2 }} }}"
