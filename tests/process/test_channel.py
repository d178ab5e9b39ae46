"""The line to a child: messages and descriptors arrive together, and its end is noticed."""

import asyncio
import os

import pytest

from tests.patience import PATIENCE
from trigate.process import channel


async def test_an_order_arrives_with_its_descriptors():
    ours, theirs = channel.pair()
    line = channel.ChildLine(theirs, asyncio.get_running_loop())
    read, write = os.pipe()
    channel.send_order(ours, channel.Prepare(7, ["127.0.0.1:1"]), (read, write))
    channel.send_order(ours, channel.Drain())
    order, (got_read, got_write) = await asyncio.wait_for(line.orders.get(), PATIENCE)
    assert order == channel.Prepare(7, ["127.0.0.1:1"])
    assert not os.get_inheritable(got_read)
    os.write(got_write, b"through")
    assert os.read(read, 10) == b"through"
    assert await asyncio.wait_for(line.orders.get(), PATIENCE) == (channel.Drain(), [])
    line.close()
    for each in (read, write, got_read, got_write):
        os.close(each)
    ours.close()
    theirs.close()


async def test_reports_come_one_by_one_and_none_is_invented():
    ours, theirs = channel.pair()
    line = channel.ChildLine(theirs, asyncio.get_running_loop())
    line.report(channel.Ready())
    line.report(channel.Prepared(3, "no such server"))
    assert channel.read_report(ours) == channel.Ready()
    assert channel.read_report(ours) == channel.Prepared(3, "no such server")
    with pytest.raises(BlockingIOError):
        channel.read_report(ours)
    line.close()
    theirs.close()
    assert channel.read_report(ours) is None
    ours.close()


def test_a_child_that_does_not_listen_is_an_error_and_never_a_wait():
    ours, theirs = channel.pair()

    def flood() -> None:
        for _ in range(100_000):
            channel.send_order(ours, channel.Drain())

    with pytest.raises(BlockingIOError):
        flood()
    theirs.close()
    ours.close()
