"""One command under way: started when needed, spoken to in lines, and ended for certain."""

import asyncio
import itertools
import os
import signal as signals
from contextlib import suppress
from typing import Protocol

import msgspec

from trigate.core.clock import clock
from trigate.core.deadlines import NEVER, Deadlines
from trigate.core.tasks import spawn
from trigate.mcp.envelope import encode, notification
from trigate.mcp.fault import ServerFailed
from trigate.mcp.flight import Flight
from trigate.mcp.greeting import Greeting, Told, greet
from trigate.mcp.inlet import Inlet
from trigate.mcp.message import ABOUT_ONE, Message, Outgoing, decline, decode_message
from trigate.mcp.piped import Request, progress_token
from trigate.mcp.profile import MUTE
from trigate.mcp.question import ASKING
from trigate.mcp.settings import Server
from trigate.mcp.starting import Note, Started, Starter
from trigate.outbound.secrecy import Striker, strike, telling

_PAUSE = 1.0
"""Seconds before a command that has died is started again; doubled while it keeps dying."""
_STEADY = 60.0
"""Seconds after which a command no longer counts as one that keeps dying."""
_GRACE = 2.0
"""Seconds between closing its input, SIGTERM and SIGKILL (2025-11-25, lifecycle: shutdown)."""
_LONGEST_DRAIN = 60.0
_LONGEST_PAUSE = 60.0
_LOOP = 3
"""Deaths in a row after which it is told that it keeps dying."""
_LONGEST_LINE = 2000
_MOST_LINES = 100
"""Lines of its standard error noted per ten seconds."""
_INITIALIZED = notification("notifications/initialized", b"{}")


class Unasked(Protocol):
    """Whoever hears what a command says unasked."""

    def started(self, greeting: Greeting) -> None:
        """The command runs, perhaps again."""
        ...

    def ended(self) -> None:
        """It runs no more."""
        ...

    def said(self, message: Message, line: bytes) -> None:
        """A notification that belongs to no request for certain."""
        ...


class Child:
    """A command, alive or not: it is started by the first request, and again after it has died, with growing pauses."""

    def __init__(
        self, name: str, server: Server, deadlines: Deadlines, starter: Starter, note: Note, lasting: bool = True
    ) -> None:
        """A `lasting` one of an eager server is started again at once when it has died."""
        self.name = name
        self.server = server
        self._deadlines = deadlines
        self._starter = starter
        self._note = note
        self._lasting = lasting and server.start == "eager"
        self.used = clock.monotonic()
        """When it was last asked for (monotonic seconds)."""
        self._secrets = telling(server.env)
        self._start = Flight(self._run, deadlines, server.timeouts.greet, f"mcp {name} start", _PAUSE)
        self._ids = itertools.count(1)
        self._requests: dict[int, Request] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._inlet: Inlet | None = None
        self._why = ""
        """Why it was ended, where that is known."""
        self._greeting: Greeting | None = None
        self._started = 0.0
        self._deaths = 0
        self._draining = False
        self._next_signal = 0
        self._probe: Request | None = None
        self.unasked: Unasked | None = None
        self.profile = MUTE
        """What callers of its requests can be asked for; said to a server of the older protocol when it starts."""
        self.asks = False
        """It has asked something: from then on it is given one call at a time, so that it is known whose it is."""
        self.claims = 0
        """Calls that were given to it."""
        self.deadline = NEVER

    @property
    def is_busy(self) -> bool:
        """Whether it has something to answer, or is starting."""
        return bool(self._calls())

    @property
    def is_running(self) -> bool:
        """Whether there is a process at this moment."""
        return self._process is not None

    @property
    def is_drained(self) -> bool:
        """Whether it is ending, or has ended for good."""
        return self._draining

    @property
    def is_free(self) -> bool:
        """Whether it can be given another call."""
        return not (self.asks and self.claims)

    def touch(self) -> None:
        """Somebody wants it."""
        self.used = clock.monotonic()

    # --- asking -------------------------------------------------------------------------------------------------

    @property
    def spoken(self) -> Greeting | None:
        """What it speaks, None while it does not run."""
        return self._greeting

    async def greeting(self) -> Greeting:
        """What it speaks, once it runs; raises ServerFailed."""
        self.used = clock.monotonic()
        if self._draining:
            raise ServerFailed("it is no longer configured")
        return self._greeting or await self._start.join()

    def begin(self) -> None:
        """Start it now, for whoever comes."""
        with suppress(ServerFailed):
            self._start.begin()

    async def ask(self, tail: bytes, token: str) -> Request:
        """Write a request, whose text behind the id is `tail`; raises ServerFailed."""
        request = Request(next(self._ids), token, asyncio.get_running_loop())
        self._requests[request.id] = request
        try:
            await self._write(b'{"jsonrpc":"2.0","id":%d%b' % (request.id, tail))
        except BaseException:
            self._requests.pop(request.id, None)
            raise
        return request

    def let_go(self, request: Request) -> None:
        """Nobody waits for it any more; an unanswered one is cancelled (both eras, stdio: cancellation)."""
        self.used = clock.monotonic()
        if self._requests.pop(request.id, None) is None or request.done:
            return
        params = encode({"requestId": request.id, "reason": "the caller has gone"})
        self._mention(notification("notifications/cancelled", params))

    async def _write(self, line: bytes) -> None:
        inlet = self._open_inlet()
        try:
            await inlet.write(line)
        except (OSError, RuntimeError):
            raise ServerFailed(self._why or "it has closed its input") from None

    def _mention(self, line: bytes) -> None:
        """Write what nobody waits for: whoever has ended, or does not read, need not know."""
        with suppress(ServerFailed, OSError, RuntimeError):
            self._open_inlet().put(line)

    def _open_inlet(self) -> Inlet:
        process = self._process
        if process is None or self._inlet is None or process.returncode is not None:
            raise ServerFailed("it is not running")
        return self._inlet

    # --- starting -----------------------------------------------------------------------------------------------

    async def _run(self) -> Greeting:
        process = await self._spawn()
        self._probe = None
        try:
            greeting = await greet(self.server, self._tell, self.profile)
            if greeting.era == "legacy":
                await self._write(_INITIALIZED)
        except BaseException as error:
            told = error.message if isinstance(error, ServerFailed) else "it did not say hello in time"
            self._note(self.name, f"process {process.pid} cannot be used: {told}")
            self._kill(process, signals.SIGKILL)
            raise
        self._requests.clear()
        self._greeting = greeting
        if self.unasked is not None:
            self.unasked.started(greeting)
        self._note(self.name, f"process {process.pid} speaks {greeting.version}")
        return greeting

    async def _spawn(self) -> asyncio.subprocess.Process:
        started = await self._starter.start(self.name, self.server)
        self._process, self._started, self._why = started.process, clock.monotonic(), ""
        assert started.process.stdin is not None  # noqa: S101 - it was started with pipes
        patience = self.server.timeouts.write
        self._close_inlet()
        self._inlet = Inlet(started.process.stdin, self._deadlines, patience, self._jammed)
        spawn(self._read(started), f"mcp {self.name} output")
        spawn(self._drain_errors(started.process), f"mcp {self.name} errors")
        return started.process

    async def _tell(self, outgoing: Outgoing) -> Told:
        """Say hello; older servers may leave what they do not know unanswered (2026-07-28, versioning)."""
        request = await self.ask(outgoing.tail, "")
        late = None if self._probe is None or self._probe.messages else self._probe
        if outgoing.method == "server/discover":
            self._probe = request
            if self.server.era == "auto":
                request.deadline = clock.monotonic() + self.server.timeouts.probe
                self._deadlines.add(request)
        elif late is not None:
            late.signal = request.signal  # a process that is slow to start may still answer the first question first
        try:
            while not request.done and not (late is not None and _succeeded(late)):
                await request.signal.wait()
        finally:
            self._deadlines.discard(request)
        if self._process is None:
            raise ServerFailed(request.failed)
        answers = late.messages if late is not None and _succeeded(late) else request.messages
        return Told(decode_message(answers[-1]) if answers else None)

    # --- listening ----------------------------------------------------------------------------------------------

    async def _read(self, started: Started) -> None:
        process = started.process
        output = process.stdout
        while output is not None:
            try:
                line = await output.readline()
            except (ValueError, OSError):
                self._note(self.name, f"sent a message longer than {self.server.max_message} bytes; it is ended")
                self._kill(process, signals.SIGKILL)
                break
            if not line:
                break
            self._take(line)
        await self._ended(started)

    def _take(self, line: bytes) -> None:
        line = strike(line, self._secrets)
        try:
            message = decode_message(line)
        except (msgspec.DecodeError, RecursionError):
            if line.strip():
                self._note(self.name, "wrote a line to its output that is no JSON-RPC message; it is ignored")
            return
        if message.is_request:
            self._asked(message, line)
        elif message.method:
            self._notify(message, line)
        elif (request := self._requests.get(_number(message.id))) is not None:
            request.put(line, last=True)

    def _asked(self, message: Message, line: bytes) -> None:
        """Give a question to the one call it can belong to, or answer that nobody can be asked."""
        if message.method in ASKING and self.profile:
            self.asks = True
            if len(calls := self._calls()) == 1:
                calls[0].put(line, last=False)
                return
        self.answer(decline(message))

    def _calls(self) -> list[Request]:
        """What it has to answer, beside streams on which it is only listened to."""
        return [each for each in self._requests.values() if not each.lasting]

    def answer(self, text: bytes) -> None:
        """Answer a request of the server; what has ended needs no answer."""
        self._mention(text)

    def _notify(self, message: Message, line: bytes) -> None:
        """Give a notification to the one request it belongs to; what belongs to none for certain is dropped."""
        if message.method == "notifications/progress":
            token = progress_token(message)
            found = [each for each in self._requests.values() if each.token and each.token == token]
        elif message.method in ABOUT_ONE and len(calls := self._calls()) == 1:
            found = calls
        else:
            if self.unasked is not None:
                self.unasked.said(message, line)
            return
        for request in found:
            request.put(line, last=False)

    async def _drain_errors(self, process: asyncio.subprocess.Process) -> None:
        """Read its standard error, so that it never blocks on it, and note a bounded part."""
        errors = process.stderr or asyncio.StreamReader()
        window, noted, striker = clock.monotonic(), 0, Striker(self._secrets)
        while text := await errors.read(_LONGEST_LINE):
            text = striker.feed(text) + (striker.finish() if text.endswith(b"\n") else b"")
            now = clock.monotonic()
            if now - window > 10:
                window, noted = now, 0
            for line in text.splitlines():
                noted += 1
                if noted <= _MOST_LINES:
                    self._note(self.name, _printable(line))

    def _close_inlet(self) -> None:
        if self._inlet is not None:
            self._inlet.close()
            self._inlet = None

    def _jammed(self) -> None:
        """It has stopped reading: end it, and with it all that wait for it."""
        process = self._process
        if process is not None:
            self._why = f"it has not read its input for {self.server.timeouts.write:g} s, and was ended"
            self._kill(process, signals.SIGKILL)

    # --- ending -------------------------------------------------------------------------------------------------

    async def _ended(self, started: Started) -> None:
        """Its output ended: so does the process, whatever it still does, and with it everything it started."""
        process = started.process
        self._kill(process, signals.SIGKILL)
        status = await process.wait()
        self._starter.ended(started)
        if self._process is process:
            self._close_inlet()
            self._process, self._greeting = None, None
            if self.unasked is not None:
                self.unasked.ended()
        reason = self._why or f"it ended with status {status}"
        self._note(self.name, f"process {process.pid} ended with status {status}")
        for request in list(self._requests.values()):
            request.fail(reason)
        self._requests.clear()
        if self._draining:
            self._deadlines.discard(self)
            return
        lived = clock.monotonic() - self._started
        self._deaths = 1 if lived > _STEADY else min(self._deaths + 1, 10)
        pause = min(_LONGEST_PAUSE, _PAUSE * 2 ** (self._deaths - 1))
        if self._deaths >= _LOOP:
            reason += f", {self._deaths} times in a row"
            self._note(self.name, f"{reason}; it is started again when it is needed, after growing pauses")
        self._start.hold(ServerFailed(reason), pause)
        if self._lasting:
            asyncio.get_running_loop().call_later(pause + 0.1, self._again)

    def _again(self) -> None:
        if not self._draining and self._process is None:
            self.begin()

    def drain(self) -> None:
        """End it once nothing is under way."""
        self._draining = True
        self._next_signal = 0
        self.deadline = clock.monotonic() + (_LONGEST_DRAIN if self.is_busy else 0)
        self._deadlines.add(self)

    def expire(self) -> None:
        """Take the next step of ending it: close its input, then SIGTERM, then SIGKILL."""
        process = self._process
        if process is None:
            self._deadlines.discard(self)
            return
        step, self._next_signal = self._next_signal, self._next_signal + 1
        self.deadline = clock.monotonic() + _GRACE
        if step == 0 and process.stdin is not None:
            process.stdin.close()
        elif step == 1:
            self._kill(process, signals.SIGTERM)
        else:
            self._kill(process, signals.SIGKILL)

    def _kill(self, process: asyncio.subprocess.Process, signal: signals.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal)


def _succeeded(request: Request) -> bool:
    return bool(request.messages) and len(decode_message(request.messages[-1]).result) > 0


def _number(id: msgspec.Raw) -> int:
    text = bytes(id)
    return int(text) if text.isdigit() and len(text) < 20 else -1


def _printable(line: bytes) -> str:
    """Text without control characters, which could drive the operator's terminal."""
    text = line[:_LONGEST_LINE].decode("utf-8", "replace")
    return "".join(each if each.isprintable() else " " for each in text)
