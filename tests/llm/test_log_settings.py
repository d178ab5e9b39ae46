"""Settings of what is kept."""

from decimal import Decimal
from typing import Any

import pytest

from trigate.core.settings import Duration, Size
from trigate.llm.log_settings import LogSettings


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"share": Decimal("1.5")}, "from 0 to 1"),
        ({"largest": Size(2**21)}, "1MiB"),
        ({"keep": Duration(0)}, "more than 0"),
        ({"redact": ["("]}, "neither one of email"),
        ({"redact": ["x*"]}, "empty text"),
        ({"strike": ["a..b"]}, "not the path"),
        ({"strike": [""]}, "not the path"),
    ],
)
def test_what_cannot_be_meant_is_refused(members: dict[str, Any], message: str):
    with pytest.raises(ValueError, match=message):
        LogSettings(**members)


def test_names_expressions_and_paths_are_taken():
    made = LogSettings(redact=["email", r"ACC-\d{6}"], strike=["messages.*.content"], share=Decimal("0.01"))
    assert made.redact[1] == r"ACC-\d{6}"
