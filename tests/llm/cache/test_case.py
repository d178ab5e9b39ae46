"""What is known of an ask on its way through the cache."""

from typing import Any, cast

from trigate.core.settings import Duration
from trigate.llm.cache.case import Case
from trigate.llm.cache.wish import Wish
from trigate.llm.cache_settings import CacheSettings


def test_a_wish_shortens_and_never_lengthens():
    nothing = cast("Any", None)
    rule = CacheSettings(ttl=Duration(10), namespace="a")
    for ttl, expected in ((5.0, 5.0), (50.0, 10.0)):
        case = Case(nothing, nothing, nothing, rule, Wish(ttl=ttl, namespace="b"), nothing)
        assert (case.ttl, case.namespaces) == (expected, ("a", "b"))
