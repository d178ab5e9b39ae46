"""Settings: names, and targets that exist."""

from typing import Any

import pytest

from trigate.llm.providers.openai import OpenAI
from trigate.llm.settings import LlmSettings, Model, nearest


def made(models: dict[str, Any], **more: Any) -> LlmSettings:
    return LlmSettings(providers={"openai": OpenAI(), "groq": OpenAI()}, models=models, **more)


def test_nothing_is_a_valid_configuration():
    assert LlmSettings().models == {}


def test_a_model_has_one_target_or_a_list():
    assert Model(targets="openai/gpt").addresses() == ["openai/gpt"]
    assert Model(targets=["openai/gpt", "groq/meta/llama:8b"]).addresses() == ["openai/gpt", "groq/meta/llama:8b"]


@pytest.mark.parametrize("targets", [[], "", "openai", "openai/", "/gpt", ["openai/gpt", "gpt 5"], "openai/a b"])
def test_what_is_no_target_is_refused(targets: Any):
    with pytest.raises(ValueError, match=r"target"):
        Model(targets=targets)


def test_an_unknown_provider_is_named_with_the_nearest():
    with pytest.raises(ValueError, match=r"'opnai'; did you mean 'openai'\?"):
        made({"smart": Model(targets="opnai/gpt")})
    assert nearest("zzz", ["openai"]) == ""


@pytest.mark.parametrize("name", ["", " x", "a b", "ä", "a\n", "*"])
def test_bad_names_are_refused(name: str):
    with pytest.raises(ValueError, match="is not a name for a model"):
        made({name: Model(targets="openai/gpt")})
    with pytest.raises(ValueError, match="is not a name for a provider"):
        LlmSettings(providers={name: OpenAI()})


def test_a_provider_has_no_slash_in_its_name():
    with pytest.raises(ValueError, match="provider"):
        LlmSettings(providers={"a/b": OpenAI()})


def test_comments_more_often_than_each_second_are_refused():
    with pytest.raises(ValueError, match="keep_alive"):
        made({}, keep_alive=0.5)
