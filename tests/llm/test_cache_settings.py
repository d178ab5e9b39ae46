"""Settings of the cache: bounded, and a model's go before those of all."""

import pytest

from tests.llm.scene import settings as lane_settings
from trigate.core.settings import Duration
from trigate.llm.cache_settings import CacheSettings, ModelCache, SemanticSettings, rule_of
from trigate.llm.model import Model


@pytest.mark.parametrize(
    "wrong", [{"ttl": Duration(0)}, {"ttl": Duration(91 * 86_400)}, {"namespace": "a b"}, {"namespace": "a" * 65}]
)
@pytest.mark.parametrize("settings", [CacheSettings, ModelCache])
def test_what_cannot_be_meant_is_refused(settings: type[CacheSettings | ModelCache], wrong: dict[str, object]):
    with pytest.raises(ValueError, match=r"ttl|namespace"):
        settings(**wrong)  # pyright: ignore[reportArgumentType]


def test_a_model_says_only_what_is_different():
    every = CacheSettings(ttl=Duration(5), per="key", namespace="a")
    rule = rule_of(every, ModelCache(per="team"))
    assert rule == CacheSettings(ttl=Duration(5), per="team", namespace="a")
    assert rule_of(every, None) is every
    assert rule_of(None, True) == CacheSettings()
    assert rule_of(None, ModelCache(ttl=Duration(9))) == CacheSettings(ttl=Duration(9))


def test_nothing_is_kept_unless_somebody_says_so():
    few = CacheSettings(every_model=False)
    assert [rule_of(None, None), rule_of(few, None), rule_of(CacheSettings(), False)] == [None, None, None]
    assert rule_of(few, True) is few


def test_the_model_for_embeddings_must_be_there():
    def named(name: str) -> SemanticSettings:
        return SemanticSettings(embeddings=name)

    for right in ("fast", "other/embed"):
        models = {"fast": Model(targets="openai/a", cache=ModelCache(semantic=named(right)))}
        lane_settings(cache=CacheSettings(semantic=named(right)), models=models)
    with pytest.raises(ValueError, match=r"cache: there is no model 'othr/embed'"):
        lane_settings(cache=CacheSettings(semantic=named("othr/embed")))
    models = {"fast": Model(targets="openai/a", cache=ModelCache(semantic=named("fats")))}
    with pytest.raises(ValueError, match=r"model 'fast': there is no model 'fats'; did you mean 'fast'"):
        lane_settings(models=models)


@pytest.mark.parametrize(
    "wrong", [{"threshold": 0.4}, {"threshold": 1.1}, {"entries": 0}, {"entries": 1001}, {"longest": 0}]
)
def test_what_would_compare_everything_or_nothing_is_refused(wrong: dict[str, float]):
    with pytest.raises(ValueError, match="at least"):
        SemanticSettings(embeddings="a/b", **wrong)  # pyright: ignore[reportArgumentType]


def test_a_model_may_have_its_own_meaning_or_none():
    every = CacheSettings(semantic=SemanticSettings(embeddings="a/b"))
    own = SemanticSettings(embeddings="c/d")
    found = [rule_of(every, ModelCache(semantic=each)) for each in (None, True, False, own)]
    assert [each and each.semantic for each in found] == [every.semantic, every.semantic, None, own]
