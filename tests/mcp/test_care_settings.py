"""What the file may say of how a server is spared."""

from collections.abc import Callable

import pytest

from trigate.core.settings import Duration, Size
from trigate.mcp.care_settings import BreakerSettings, Concurrency, Results


@pytest.mark.parametrize(
    "make",
    [
        lambda: Concurrency(calls=0),
        lambda: Concurrency(calls=1, waiting=-1),
        lambda: BreakerSettings(failures=-1),
        lambda: BreakerSettings(rest=Duration(0)),
        lambda: Results(max=Size(100)),
    ],
)
def test_what_makes_no_sense_is_refused(make: Callable[[], object]):
    with pytest.raises(ValueError, match="`"):
        make()
