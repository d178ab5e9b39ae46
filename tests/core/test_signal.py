"""One wake-up per exchange."""

import asyncio

from trigate.core.signal import Signal


async def test_a_notification_before_the_wait_is_kept() -> None:
    signal = Signal(asyncio.get_running_loop())
    signal.notify()
    await signal.wait()


async def test_many_notifications_before_the_wait_are_one() -> None:
    signal = Signal(asyncio.get_running_loop())
    for _ in range(3):
        signal.notify()
    await signal.wait()
    waiting = signal.wait()
    assert isinstance(waiting, asyncio.Future)
    assert not waiting.done()
    signal.notify()
    await waiting


async def test_a_cancelled_wait_leaves_the_signal_usable() -> None:
    signal = Signal(asyncio.get_running_loop())
    waiting = signal.wait()
    assert isinstance(waiting, asyncio.Future)
    waiting.cancel()
    signal.notify()
    await signal.wait()


async def test_a_second_notification_while_waking_up_is_harmless() -> None:
    signal = Signal(asyncio.get_running_loop())
    waiting = signal.wait()
    signal.notify()
    signal.notify()
    await waiting
