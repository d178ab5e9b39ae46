"""Every place of the configuration explains itself."""

import pytest

from trigate.config.config import Config
from trigate.config.explain import explain, held, read_path
from trigate.config.load import load_text
from trigate.config.shape import fields
from trigate.llm.provider import Provider

TEXT = """\
policy:
  keys: { dev: { secret: canary-secret-long, team: support } }
llm:
  providers: { mine: { kind: openai, api_key: canary-key, base_url: "http://127.0.0.1:1/v1" } }
  models: { gpt-5.2: { targets: [mine/a, mine/b] } }
"""


@pytest.fixture(scope="module")
def config() -> Config:
    return load_text(TEXT, "f", {})


def test_the_top_level_lists_every_key():
    text = explain()
    assert all(f"  {key} " in text for key in fields(Config))


@pytest.mark.parametrize("key", fields(Config))
def test_every_key_has_a_text(key: str):
    assert len(explain(key).splitlines()) >= 3


def test_a_key_tells_type_default_and_text():
    lines = explain("llm.keep_alive").splitlines()
    assert lines[0] == "llm.keep_alive"
    assert lines[1] == "  a duration such as 250ms, 10s or 1h; default 15s"
    assert "Silence" in lines[2]


def test_a_key_that_must_be_written_says_so():
    assert "text or a list of text or a mapping; must be written" in explain("llm.models.any.targets")


def test_a_contract_lists_its_kinds_and_each_is_a_place():
    kinds = "one of anthropic, azure, bedrock, cohere, gemini, openai, sagemaker, vertex, watsonx and 172 more"
    assert kinds in explain("llm.providers.any")
    assert "a mapping of kind openai" in explain("llm.providers.any.openai")
    assert "default https://api.openai.com/v1" in explain("llm.providers.any.openai.base_url")
    assert "a mapping of kind api_key" in explain("policy.authenticators.api_key")


def test_a_file_tells_kinds_and_values(config: Config):
    assert "http://127.0.0.1:1/v1" in explain("llm.providers.mine.base_url", config)
    assert explain('llm.models["gpt-5.2"].targets[1]', config).splitlines()[-1].strip() == "mine/b"
    assert explain("llm.models['gpt-5.2']".replace("'", '"'), config)


def test_a_secret_shows_as_dots(config: Config):
    for path in ("", "policy", "policy.keys.dev.secret", "llm", "llm.providers.mine", "llm.providers.mine.api_key"):
        assert "canary" not in explain(path, config)
    assert "•••" in explain("policy.keys.dev.secret", config)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("polic", "there is no 'polic' in the configuration; did you mean policy?"),
        ("policy.kys", "there is no 'kys' in policy; did you mean keys?"),
        ("llm.keep_alive.x", "there is no 'x' in llm.keep_alive"),
        ("policy.authenticators.apikey", "did you mean api_key?"),
    ],
)
def test_a_place_that_is_not_there_suggests_the_nearest(path: str, message: str):
    with pytest.raises(LookupError, match="there is no") as caught:
        explain(path)
    assert message in caught.value.args[0]


@pytest.mark.parametrize("path", ["a..b", "a b", "[", 'a["', ".", "a.", "ä"])
def test_a_path_that_cannot_be_read_is_refused(path: str):
    with pytest.raises(ValueError, match="is not a path"):
        read_path(path)


def test_what_a_type_holds_is_found_through_lists_and_mappings():
    assert held(dict[str, Provider]) == [Provider]
    assert held(list[str | Provider] | None) == [Provider]
    assert held(list[str]) == []
