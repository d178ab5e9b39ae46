"""Runs the coroutine of one exchange: at once when it begins, and in the very turn in which what it waits for comes.

A task of asyncio is registered by weak reference, begins a turn of the loop late, waits on a future that is made for
that one wait, and is woken another turn late. An exchange waits at its signal, and its signal is the strand, so all of
that falls away. For everything else it is a task like any other ("Extending", in the documentation of asyncio): it
awaits any future, can be cancelled, and `asyncio.current_task` knows it.
"""

import asyncio
import asyncio.tasks
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, Protocol, cast

from trigate.core.signal import Signal

# Documented under "Extending", underscores and all.
enter_task: Callable[[asyncio.AbstractEventLoop, Any], None] = asyncio.tasks._enter_task  # pyright: ignore[reportPrivateUsage]
leave_task: Callable[[asyncio.AbstractEventLoop, Any], None] = asyncio.tasks._leave_task  # pyright: ignore[reportPrivateUsage]


class Run(Protocol):
    """What is running an exchange: a strand, or a task of asyncio."""

    def cancel(self) -> bool: ...
    def cancelling(self) -> int: ...
    def uncancel(self) -> int: ...
    def add_done_callback(self, callback: Callable[[Any], object], /) -> None: ...


class _Pause(tuple[None, ...]):
    """Awaited, it gives way as often as it is long; made so that awaiting it costs no call of a Python function."""

    __slots__ = ()
    __await__ = cast(Callable[["_Pause"], Generator[None]], tuple[None, ...].__iter__)


_ENDED = object()
"""In place of StopIteration, which would cost a trace of where it was raised."""
_ONCE = _Pause((None,))
_NEVER = _Pause()


class Strand(Signal, eq=False):
    """The signal of an exchange that also runs it; the context of its callbacks is that of whoever wakes it."""

    steps: Generator[Any, Any, None] | None = None
    """What is left to do of the coroutine; None before `begin` and after the end."""
    running: bool = False
    """It is between two waits, on the stack."""
    waiting: bool = False
    """It waits for a notification."""
    cancels: int = 0
    must_cancel: bool = False
    future: "asyncio.Future[Any] | None" = None
    """What it waits for besides notifications."""
    callbacks: tuple[Callable[[Any], object], ...] = ()

    def begin(self, coroutine: Coroutine[Any, Any, None], at_once: bool = True) -> None:
        """Run `coroutine` up to its first wait, or from the next turn on."""
        self.steps = coroutine.__await__()
        if at_once:
            self.step()
        else:
            self.loop.call_soon(self.step)

    # the signal

    def notify(self) -> None:
        """Wake the exchange in the next turn of the loop, or have it not wait at all."""
        if self.waiting:
            self.waiting = False
            self.loop.call_soon(self.step)
        else:
            Signal.notify(self)

    def resume(self) -> None:
        """Let the exchange go on before this returns, if it waits; whoever calls this has nothing left to do."""
        if self.waiting:
            self.waiting = False
            self.step()
        else:
            self.notify()

    def wait(self) -> Awaitable[None]:
        """To be awaited at once: over at the next notification, or already if one is kept."""
        if not self.running:
            return Signal.wait(self)
        if self.kept:
            self.kept = False
            return _NEVER
        self.waiting = True
        return _ONCE

    # the task

    def step(self) -> None:  # noqa: C901 - all ways on, and nothing called that need not be
        """Go on until the next wait, or the end; in the next turn if a task is under way."""
        steps = self.steps
        if steps is None:
            return
        try:
            enter_task(self.loop, self)
        except RuntimeError:
            self.loop.call_soon(self.step)
            return
        self.running = True
        try:
            if self.must_cancel:
                self.must_cancel = False
                found = steps.throw(asyncio.CancelledError())
            elif (found := next(steps, _ENDED)) is _ENDED:
                self.steps = None
                if self.callbacks:
                    self._end()
                return
        except StopIteration:
            self._end()
        except asyncio.CancelledError:
            self._end()
        except BaseException as error:  # noqa: BLE001 - reported, or raised again
            self._end()
            self._report(error)
        else:
            if not self.waiting or self.must_cancel:
                self._await(found)
        finally:
            self.running = False
            leave_task(self.loop, self)

    def cancel(self) -> bool:
        """Raise CancelledError where it waits, in the next turn; False if it has ended."""
        if self.steps is None:
            return False
        self.cancels += 1
        if self.future is not None and self.future.cancel():
            return True
        self.must_cancel = True
        if self.waiting:
            self.notify()
        return True

    def cancelling(self) -> int:
        """How often it was cancelled, less how often that was taken back."""
        return self.cancels

    def uncancel(self) -> int:
        """Take one cancellation back."""
        self.cancels = max(0, self.cancels - 1)
        return self.cancels

    def done(self) -> bool:
        """Whether it has ended."""
        return self.steps is None

    def add_done_callback(self, callback: Callable[[Any], object], /) -> None:
        """Call `callback` with this strand in the turn after its end."""
        if self.steps is None:
            self.loop.call_soon(callback, self)
        else:
            self.callbacks = (*self.callbacks, callback)

    def _await(self, found: Any) -> None:
        """Wait for what the coroutine awaits, which is not its own signal; or for nothing, if it is cancelled."""
        if self.waiting:
            self.notify()
        elif found is None:  # as `asyncio.sleep(0)`
            self.loop.call_soon(self.step)
        else:
            future = self.future = cast("asyncio.Future[Any]", found)
            future._asyncio_future_blocking = False  # the sign that somebody took the future on
            future.add_done_callback(self._wake)
            if self.must_cancel and future.cancel():
                self.must_cancel = False

    def _wake(self, future: "asyncio.Future[Any]") -> None:
        self.future = None
        self.step()

    def _end(self) -> None:
        self.steps = None
        for callback in self.callbacks:
            self.loop.call_soon(callback, self)

    def _report(self, error: BaseException) -> None:
        if not isinstance(error, Exception):
            raise error
        self.loop.call_exception_handler({"message": "an exchange failed", "exception": error})
