"""Concurrency as it is written."""

import pytest

from tests.policy.limiting.stage import concurrency, only, principal_of
from trigate.core.action import Action
from trigate.core.settings import Duration
from trigate.policy.limits.concurrency import _Priority, _Queue  # pyright: ignore[reportPrivateUsage]
from trigate.store.counter import Law


def test_without_a_queue_nobody_waits() -> None:
    quota = only(concurrency("key", max=3))
    assert (quota.law, quota.queue, quota.wait, quota.concurrent) == (Law("concurrency", 3), 0, 0.0, True)


def test_a_queue_has_places_time_and_ranks() -> None:
    queue = _Queue(length=5, wait=Duration(3), priority=(_Priority(team="vip", rank=7),))
    quota = only(concurrency(max=3, queue=queue))
    assert (quota.queue, quota.wait) == (5, 3.0)
    (rank,) = quota.ranks
    assert rank.rank == 7
    assert rank.selector.fits(principal_of(team="vip"), Action("llm.chat", "model/x"))
    assert not rank.selector.fits(principal_of(team="other"), Action("llm.chat", "model/x"))


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="max must be at least 1"):
        concurrency(max=0)
    with pytest.raises(ValueError, match="less than 0"):
        _Queue(length=-1)
    with pytest.raises(ValueError, match="neither a lane"):
        concurrency(max=1, queue=_Queue(priority=(_Priority(on="x", rank=1),)))
