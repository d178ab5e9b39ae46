"""What callers are told, in structured fields."""

from decimal import Decimal

from tests.policy.limiting.stage import budget, quotas_of, rate
from trigate.core.settings import Duration
from trigate.policy.limiting.field import Field
from trigate.store.counter import Standing

LIMITS = (
    rate("key", name="r", requests=100, burst=20),
    rate(name="hidden", requests=1, headers=False),
    rate(name="soft", requests=1, hard=False),
    rate(name="t", tokens=5000, window=Duration(0.5)),
    budget(name="day", usd=Decimal("1.5"), window="day"),
    budget(name="ever", usd=999_999_999),
)


def test_policies_are_written_once_and_states_by_number() -> None:
    field = Field.of(quotas_of(LIMITS))
    assert field is not None
    standings = [
        Standing(7, 1),
        Standing(1, 1),
        Standing(1, 1),
        Standing(4999, 2_000_000_000),
        Standing(1_234_567_890, 86_400 * 10**9),
        Standing(10**19, 0),
    ]
    policy, state, rest = field.lines(standings).decode().split("\r\n")
    assert policy == (
        'ratelimit-policy: "r";q=20;w=60, "t";q=5000;qu="tokens", "day";q=1500000;qu="micro-dollars", '
        '"ever";q=999999999000000;qu="micro-dollars"'
    )
    assert state == 'ratelimit: "r";r=7;t=1, "t";r=4999;t=2, "day";r=1234567;t=86400, "ever";r=999999999999999'
    assert rest == ""


def test_where_there_is_nothing_to_tell_there_is_no_field() -> None:
    assert Field.of(quotas_of([rate(requests=1, shadow=True)])) is None
