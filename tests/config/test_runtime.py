"""Settings made at run time."""

from decimal import Decimal

import pytest

from trigate.config.runtime import read_setting
from trigate.core.settings import Duration
from trigate.policy.limit import Limit
from trigate.policy.limits.budget import Budget
from trigate.policy.limits.rate import Rate


def test_a_limit_is_read_as_it_would_stand_in_the_file() -> None:
    body = b'{"kind": "budget", "per": ["team", "model"], "usd": 0.1, "window": "month"}'
    limit = read_setting(body, "limit purse", Limit)
    assert isinstance(limit, Budget)
    assert (limit.usd, limit.scopes, limit.window) == (Decimal("0.1"), ("team", "model"), "month")
    rate = read_setting(b'{"kind": "rate", "requests": 5, "window": "1m"}', "limit r", Limit)
    assert isinstance(rate, Rate)
    assert rate.window == Duration(60)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b'{"kind": "rate", "requests": 5}', "window"),
        (b'{"kind": "rate", "requests": 5, "window": "1m", "burts": 2}', "did you mean burst"),
        (b'{"kind": "sneaky"}', "no kind 'sneaky'"),
        (b'{"kind": "rate", "requests": 5, "window": "${HOME}"}', "only the file"),
        (b'{"kind": "rate", "requests": "${file:/etc/passwd}", "window": "1m"}', "only the file"),
        (b"\xff", "not UTF-8"),
        (b"[", "limit x"),
        (b"", "limit x"),
        (b'"text"', "limit x"),
    ],
)
def test_what_is_wrong_is_told_as_for_the_file(body: bytes, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        read_setting(body, "limit x", Limit)


def test_a_reference_hidden_in_an_escape_is_not_followed() -> None:
    body = b'{"kind": "rate", "requests": 5, "window": "1m", "name": "\\u0024{HOME}"}'
    with pytest.raises(ValueError, match="HOME"):
        read_setting(body, "limit x", Limit)
