"""In the order written."""

from tests.llm.troupe import troupe
from trigate.llm.strategies.fallback import Fallback


def test_nothing_is_decided_per_ask():
    assert Fallback().open("smart", troupe("a/1", "b/2")) is None
