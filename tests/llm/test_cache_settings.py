"""Settings of the cache: bounded, and a model's go before those of all."""

import pytest

from trigate.core.settings import Duration
from trigate.llm.cache_settings import CacheSettings, ModelCache, rule_of


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
