"""Messages of a client, each a request to the gateway, and what the gateway says, each a line to the client."""

import json
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Protocol

from trigate.cli.mcp.pipe.spoken import Spoken, is_answer, read
from trigate.cli.mcp.pipe.way import Answer, Way
from trigate.core.clock import clock
from trigate.mcp.events import EventReader
from trigate.mcp.mirror import BadAnnotation, mirrored, param_fields

_LARGEST_EVENT = 64 * 2**20
_MOST_AT_ONCE = 256
END_SECONDS = 2.0
"""How long requests may still be answered after the client has ended its side."""
RETRY_SECONDS = 1.0
"""Before a stream that ended is asked for again, if the gateway does not say how long."""
_MOST_TRIES = 5
_FAILED = -32000
_LOST = "the connection to the gateway was lost before the answer"


class Output(Protocol):
    """Where lines go."""

    def write(self, line: bytes, /) -> object: ...
    def flush(self) -> None: ...


class Pipe:
    """One client."""

    def __init__(self, way: Way, output: Output) -> None:
        self._way = way
        self._output = output
        self._writing = threading.Lock()
        self._beginning = threading.Lock()
        self._room = threading.Semaphore(_MOST_AT_ONCE)
        self._session: dict[str, str] = {}
        """Header fields of the session, in the older protocol."""
        self._hello: Spoken | None = None
        self._answers: dict[str, Answer] = {}
        """Under way in the newer protocol: closing one cancels its request."""
        self._waiting: set[threading.Thread] = set()
        self._mirrored: dict[str, dict[tuple[str, ...], str]] = {}
        self._ended = False

    def run(self, lines: Iterable[bytes]) -> None:
        """Pass messages on until the client ends."""
        for line in lines:
            if text := line.strip():
                self._take(text)
        self._ended = True
        end = clock.monotonic() + END_SECONDS
        for thread in list(self._waiting):
            thread.join(max(0.0, end - clock.monotonic()))
        if self._session:
            with suppress(OSError):
                self._way.ask("DELETE", self._session).close()
        self._way.close()

    # --- from the client ----------------------------------------------------------------------------------------

    def _take(self, text: bytes) -> None:
        try:
            spoken = read(text)
        except ValueError:
            self._write(b'{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"this line is no JSON"}}')
            return
        if spoken.method == "initialize" or not spoken.id:
            self._carry(spoken)  # in order: what follows depends on it
            return
        self._room.acquire()  # released by the thread
        thread = threading.Thread(target=self._carry_beside, args=(spoken,), daemon=True)
        if spoken.method != "subscriptions/listen":
            self._waiting.add(thread)
        thread.start()

    def _carry_beside(self, spoken: Spoken) -> None:
        try:
            self._carry(spoken)
        finally:
            self._waiting.discard(threading.current_thread())
            self._room.release()

    def _carry(self, spoken: Spoken) -> None:
        """Send a message and write what is answered; what goes wrong is told as its answer."""
        if spoken.cancels and self._hello is None:
            self._cancel(spoken.cancels)
            return
        try:
            if spoken.method == "initialize":
                self._hello, self._session = spoken, {}
            answer = self._send(spoken)
            if answer.status == 404 and self._session and spoken is not self._hello:
                answer.close()
                self._begin_again()
                answer = self._send(spoken)
            self._read(spoken, answer)
            if spoken.method == "notifications/initialized":
                threading.Thread(target=self._listen, daemon=True).start()
        except OSError as error:
            self._fail(spoken, f"the gateway cannot be reached: {error}")

    def _send(self, spoken: Spoken) -> Answer:
        fields = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
        if not spoken.version:
            session = {} if spoken is self._hello else self._session
            return self._way.ask("POST", fields | session, spoken.text)
        own = spoken.fields
        for name, value in param_fields(self._mirrored.get(spoken.subject, {}), spoken.params.get("arguments")):
            own[name.decode()] = value.decode()
        return self._way.ask("POST", fields | own, spoken.text)

    def _cancel(self, id: str) -> None:
        """A request of the newer protocol is cancelled by closing its stream (2026-07-28, cancellation)."""
        answer = self._answers.pop(id, None)
        if answer is not None:
            answer.close()

    # --- from the gateway ---------------------------------------------------------------------------------------

    def _read(self, spoken: Spoken, answer: Answer) -> None:
        if session := answer.field("mcp-session-id"):
            self._session = {"mcp-session-id": session}
        if spoken.id and spoken.version:
            self._answers[spoken.id] = answer
        try:
            if answer.field("content-type").startswith("text/event-stream"):
                self._read_stream(spoken, answer)
                return
            body = b"".join(answer.pieces())
            if body:
                self._pass(spoken, body)
            else:
                self._fail(spoken, f"the gateway answered HTTP {answer.status} without a message")
        except OSError:
            if not spoken.version or spoken.id in self._answers:
                raise
        finally:
            self._answers.pop(spoken.id, None)
            answer.close()

    def _read_stream(self, spoken: Spoken, answer: Answer) -> None:
        """Every event, a line; a stream of the older protocol that breaks off is resumed."""
        last, whole = b"", False
        for _ in range(_MOST_TRIES):
            reader = EventReader(_LARGEST_EVENT)
            try:
                whole = self._pass_events(spoken, answer, reader)
            finally:
                answer.close()
            last = reader.last_id or last
            if whole or not last or spoken.version or self._ended:
                break
            time.sleep(reader.retry / 1000 if reader.retry >= 0 else RETRY_SECONDS)
            answer = self._way.ask("GET", self._listening(last))
        if not whole and not (spoken.version and spoken.id not in self._answers):
            self._fail(spoken, _LOST)

    def _pass_events(self, spoken: Spoken, answer: Answer, reader: EventReader) -> bool:
        """Whether the response was among them."""
        whole = False
        with suppress(OSError):
            for piece in answer.pieces():
                for event in reader.feed(piece):
                    whole = self._pass(spoken, event) or whole
        return whole

    def _listen(self) -> None:
        """What the session is told unasked, until the client has gone (2025-11-25, transports)."""
        last = b""
        while not self._ended:
            with suppress(OSError):
                answer = self._way.ask("GET", self._listening(last))
                reader = EventReader(_LARGEST_EVENT)
                try:
                    if answer.status == 404:
                        self._begin_again()
                        last = b""
                    elif answer.status != 200:
                        return
                    else:
                        for piece in answer.pieces():
                            for event in reader.feed(piece):
                                self._write(event)
                finally:
                    last = reader.last_id or last
                    answer.close()
            time.sleep(RETRY_SECONDS)

    def _listening(self, last: bytes) -> dict[str, str]:
        fields = {"accept": "text/event-stream", **self._session}
        return fields | ({"last-event-id": last.decode()} if last else {})

    def _begin_again(self) -> None:
        """The gateway has forgotten the session: begin another one in the client's name."""
        lost = self._session
        with self._beginning:
            if self._session != lost or self._hello is None:
                return
            # The lost one stays until then: if this fails, the next message finds it forgotten, and tries again.
            answer = self._send(self._hello)
            try:
                session = answer.field("mcp-session-id")
                b"".join(answer.pieces())
            finally:
                answer.close()
            if not session:
                raise ConnectionError(f"it begins no session (HTTP {answer.status})")
            self._session = {"mcp-session-id": session}
            self._send(read(b'{"jsonrpc":"2.0","method":"notifications/initialized"}')).close()

    # --- lines --------------------------------------------------------------------------------------------------

    def _pass(self, spoken: Spoken, text: bytes) -> bool:
        """Write a message of the gateway; whether it is the answer."""
        if spoken.method == "tools/list" and b"x-mcp-header" in text:
            self._learn(text)
        self._write(text)
        return is_answer(text, spoken.id)

    def _learn(self, text: bytes) -> None:
        """Tools whose arguments are repeated in header fields, which a client of a pipe knows nothing of."""
        with suppress(ValueError, KeyError, TypeError, AttributeError):
            found: Any = json.loads(text)
            for tool in found["result"]["tools"]:
                with suppress(BadAnnotation):
                    self._mirrored[tool["name"]] = mirrored(tool.get("inputSchema"))

    def _fail(self, spoken: Spoken, reason: str) -> None:
        if spoken.id and spoken.method:
            error = json.dumps({"code": _FAILED, "message": reason})
            self._write(f'{{"jsonrpc":"2.0","id":{spoken.id},"error":{error}}}'.encode())

    def _write(self, text: bytes) -> None:
        # JSON has line breaks only between its tokens.
        line = text.replace(b"\r", b" ").replace(b"\n", b" ") + b"\n"
        with self._writing, suppress(BrokenPipeError, ValueError):
            self._output.write(line)
            self._output.flush()
