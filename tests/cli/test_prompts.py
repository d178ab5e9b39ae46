"""`trigate prompts`: what there is, and what a model gets of it."""

import json
from pathlib import Path

import pytest

from trigate.cli.main import main

FILE = """
llm:
  providers: { openai: { kind: openai, api_key: "x" } }
  prompts:
    greet:
      versions:
        1:
          system: "Greet {{who}}."
          model: openai/gpt-mini
          variables: { who: {} }
          parameters: { temperature: 0.5 }
        2: { system: "Hi." }
      labels: { production: 1 }
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "trigate.yaml"
    path.write_text(FILE)
    return str(path)


def test_a_list_has_a_line_for_each_version(file: str, capsys: pytest.CaptureFixture[str]):
    assert main(["prompts", "list", "-c", file]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["greet", "1", "production", "openai/gpt-mini", "who"]
    assert len(lines) == 3


def test_a_version_is_shown_as_written(file: str, capsys: pytest.CaptureFixture[str]):
    assert main(["prompts", "show", "greet@2", "-c", file]) == 0
    assert json.loads(capsys.readouterr().out) == {"prompt": "greet@2", "system": "Hi."}


def test_rendering_fills_in_variables(file: str, capsys: pytest.CaptureFixture[str]):
    assert main(["prompts", "render", "prompt/greet", "--set", 'who=A="b"', "-c", file]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["messages"] == [{"role": "system", "content": 'Greet A="b".'}]
    assert (found["prompt"], found["model"], found["temperature"]) == ("greet@1", "openai/gpt-mini", 0.5)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["render", "greet"], "who"),
        (["render", "greet", "--set", "who"], "NAME=VALUE"),
        (["render", "greet", "--set", "who=x", "--set", "why=x"], "no variable 'why'"),
        (["show", "nobody"], "nobody"),
        (["show", "greet@7"], "greet@7"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    file: str, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
):
    assert main(["prompts", *words, "-c", file]) == 1
    assert message in capsys.readouterr().err
