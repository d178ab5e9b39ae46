"""`trigate models`."""

import json
from pathlib import Path
from typing import Any

import pytest

from trigate.cli.main import main


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)


def listed(capsys: pytest.CaptureFixture[str], *options: str) -> list[dict[str, Any]]:
    assert main(["models", *options, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_all_models_are_listed(capsys: pytest.CaptureFixture[str]):
    assert len(listed(capsys)) > 5000


def test_they_can_be_chosen_by_provider_text_and_capability(capsys: pytest.CaptureFixture[str]):
    found = listed(capsys, "GPT-5", "--provider", "openai", "--can", "tools,vision")
    assert {each["model"].partition("/")[0] for each in found} == {"openai"}
    assert all("gpt-5" in each["model"] and {"tools", "vision"} <= set(each["can"]) for each in found)
    one = next(each for each in found if each["model"] == "openai/gpt-5.2")
    assert (one["context"], one["most_output"], one["input_usd"], one["output_usd"]) == (
        400000,
        128000,
        "1.75",
        "14.00",
    )


def test_a_price_that_is_not_known_is_left_empty(capsys: pytest.CaptureFixture[str]):
    found = listed(capsys, "--provider", "groq")
    assert any(each["input_usd"] is None for each in found)


def test_nothing_that_fits_is_an_exit_status_of_1():
    assert main(["models", "no such model"]) == 1
