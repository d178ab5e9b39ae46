"""`trigate explain model`."""

from pathlib import Path

import pytest

from trigate.cli.main import main

FILE = """\
policy:
  keys:
    dev: { secret: canary-secret-of-dev, team: support }
    bot: { secret: canary-secret-of-bot, models: [tiny] }
  limits:
    - { kind: budget, name: purse, per: team, usd: 50, window: day }
    - { kind: rate, name: tiny-only, model: tiny, requests: 5, window: 1m }
llm:
  providers:
    openai: { kind: openai, api_key: canary-sk-0123456789, policy: { region: us } }
    here: { kind: openai, base_url: "http://127.0.0.1:9/v1" }
  models:
    smart:
      targets: [openai/gpt-5.2, { target: here/llama, when: "principal.team == 'support'", weight: 2 }]
      strategy: weighted
      fallbacks: { context_window: openai/gpt-4.1 }
      retries: { attempts: 2 }
      hedge: { after: 2s }
      mirror: { target: here/shadow }
    local: { targets: [here/llama, openai/gpt-5.2], require: { region: us } }
    tiny: { targets: here/tiny, price: { input: 1, output: 2, batch: { input: 0.5 } } }
  prompts:
    greet: { versions: { 1: { system: Hello, model: tiny } } }
"""


@pytest.fixture(autouse=True)
def _in_a_folder_with_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    Path("trigate.yaml").write_text(FILE)


def explained(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    status = main(["explain", "model", *words])
    output = capsys.readouterr()
    assert "canary" not in output.out + output.err
    return status, output.out + output.err


def test_targets_come_in_order_with_what_is_known_of_them(capsys: pytest.CaptureFixture[str]):
    status, text = explained(capsys, "smart")
    assert status == 0
    first, second = (line for line in text.splitlines() if line.startswith(("  1. ", "  2. ")))
    assert first.startswith("  1. openai/gpt-5.2: $1.75 in and $14 out for a million tokens; context ")
    assert first.endswith("; region us")
    assert second == "  2. here/llama: price not known; weight 2; only when `principal.team == 'support'`"


def test_what_follows_a_failure_is_told(capsys: pytest.CaptureFixture[str]):
    text = explained(capsys, "smart")[1]
    assert "strategy `weighted`" in text
    assert "the next one after: connect, " in text
    assert "first of all after context_window: openai/gpt-4.1" in text
    assert "retries: up to 2 at the same target" in text
    assert "says nothing for 2 s" in text
    assert "copies go to here/shadow" in text


def test_a_target_that_is_left_out_is_told_with_the_reason(capsys: pytest.CaptureFixture[str]):
    text = explained(capsys, "local")[1]
    assert "  -  here/llama: left out, it does not meet `require` (region: us)" in text
    assert "  1. openai/gpt-5.2: " in text


def test_a_prompt_leads_to_its_model_and_batches_have_their_price(capsys: pytest.CaptureFixture[str]):
    text = explained(capsys, "prompt/greet")[1]
    assert text.startswith("prompt/greet: version 1 of a prompt, asked of tiny\ntiny: a model of the file")
    assert "$1 in and $2 out for a million tokens; in batches $0.5 in and $2 out" in text


def test_a_model_of_a_provider_needs_no_name(capsys: pytest.CaptureFixture[str]):
    assert "  1. here/anything: price not known" in explained(capsys, "here/anything")[1]


@pytest.mark.parametrize(
    ("key", "model", "told", "not_told"),
    [
        ("dev", "smart", ["may do llm.chat on model/smart", "limit purse: $50 per day, for each team"], "tiny-only"),
        ("dev", "tiny", ["limit tiny-only: 5 requests per 1m"], "may not"),
        ("bot", "smart", ["'bot' may not do llm.chat on model/smart"], "tiny-only"),
    ],
)
def test_of_a_caller_it_tells_access_and_limits(
    capsys: pytest.CaptureFixture[str], key: str, model: str, told: list[str], not_told: str
):
    status, text = explained(capsys, model, "--as", key)
    assert status == 0
    assert all(each in text for each in told), text
    assert not_told not in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["smrat"], "there is no model 'smrat'"),
        (["prompt/nobody"], "there is no prompt 'nobody'"),
        (["smart", "--as", "eve"], "there is no valid key 'eve'"),
        (["smart", "tiny"], "write `trigate explain model NAME`"),
    ],
)
def test_what_is_not_there_is_refused(capsys: pytest.CaptureFixture[str], words: list[str], message: str):
    status, text = explained(capsys, *words)
    assert (status, message in text) == (1, True)


def test_a_file_without_models_explains_none(capsys: pytest.CaptureFixture[str]):
    Path("trigate.yaml").write_text("policy: {}\n")
    assert explained(capsys, "smart") == (1, "trigate explain: the file has no llm lane\n")
