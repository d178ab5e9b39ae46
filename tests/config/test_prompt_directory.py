"""Prompts in files of their own: read like the configuration, each problem with its line."""

from pathlib import Path

import pytest

from trigate.config.load import load
from trigate.config.problem import InvalidConfig

FILE = """
llm:
  providers: { openai: { kind: openai, api_key: "x" } }
  models: { fast: { targets: openai/gpt-mini } }
  prompts: { inline: { versions: { 1: { system: hi } } } }
  prompt_directory: prompts
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "trigate.yaml").write_text(FILE)
    (tmp_path / "prompts").mkdir()
    return tmp_path


def refused(folder: Path) -> str:
    with pytest.raises(InvalidConfig) as error:
        load(folder / "trigate.yaml")
    return error.value.message


def test_each_file_is_a_prompt_of_its_name(folder: Path):
    (folder / "prompts" / "greet.yaml").write_text(
        "versions:\n  1:\n    system: |\n      Be\n      brief.\n    model: fast\n"
    )
    (folder / "prompts" / "notes.txt").write_text("no prompt")
    llm = load(folder / "trigate.yaml").llm
    assert llm is not None
    assert sorted(llm.prompts) == ["greet", "inline"]
    assert llm.prompts["greet"].versions[1].system == "Be\nbrief.\n"


def test_problems_have_the_line_of_their_own_file(folder: Path):
    (folder / "prompts" / "bad.yaml").write_text("versions:\n  1:\n    sytem: hi\n")
    (folder / "prompts" / "worse.yaml").write_text("- 1\n")
    message = refused(folder)
    assert "bad.yaml:3" in message
    assert "did you mean system" in message
    assert "worse.yaml" in message


def test_a_model_that_is_not_there_and_a_name_that_is_taken_are_refused(folder: Path):
    (folder / "prompts" / "greet.yaml").write_text("versions: { 1: { system: hi, model: fsat } }\n")
    assert "fast" in refused(folder)
    (folder / "prompts" / "greet.yaml").rename(folder / "prompts" / "inline.yaml")
    assert "there is a prompt 'inline'" in refused(folder)


def test_a_directory_that_is_not_there_is_a_problem(folder: Path):
    (folder / "prompts").rmdir()
    assert "prompt_directory" in refused(folder)


def test_nothing_of_the_environment_gets_into_a_prompt(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CANARY", "canary-0123456789")
    (folder / "prompts" / "greet.yaml").write_text("versions: { 1: { system: '${CANARY}' } }\n")
    assert "canary-0123456789" not in refused(folder)
