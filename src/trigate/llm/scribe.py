"""The part of the lane that runs in the control process: writes down what workers hand on, redacted and sealed."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from trigate.core.bus import BusStream, Service
from trigate.core.errors import GatewayError
from trigate.core.surroundings import Surroundings
from trigate.llm.log_settings import LogSettings
from trigate.llm.redaction import Redaction
from trigate.llm.telling import told_answer, told_ask
from trigate.llm.transcript import SERVICE, Transcript, decode
from trigate.store.keeper import Keeper
from trigate.telemetry.log import log

SECOND = 10**9
TELL_SECONDS = 60.0
"""How often it is told, at most, that something cannot be written."""

_warn = log.warning
"""A line a minute at most; nothing here is told per call."""


def services(
    settings: LogSettings, surroundings: Surroundings, keeper: Keeper, secrets: Iterable[str]
) -> Mapping[str, Service]:
    """What the control process offers; `secrets` are texts that stand in no transcript."""
    return {SERVICE: Scribe(settings, surroundings, keeper, secrets).serve}


class Scribe:
    """Serves the workers' streams of transcripts."""

    __slots__ = ("_derive", "_keep", "_keeper", "_loop", "_redaction", "_told")

    def __init__(
        self, settings: LogSettings, surroundings: Surroundings, keeper: Keeper, secrets: Iterable[str]
    ) -> None:
        self._keep = int(settings.keep * SECOND)
        self._redaction = Redaction(settings, secrets)
        self._derive = surroundings.derive
        self._loop = surroundings.loop
        self._keeper = keeper
        self._told = float("-inf")

    async def serve(self, stream: BusStream, opening: bytes) -> None:
        """Write what comes, one after the other; what cannot be written is lost, and told."""
        while (message := await stream.receive()) is not None:
            try:
                await self._keeper.jot(lambda connection, message=message: self.write(connection, message))
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 - one that cannot be written must not end the others
                self._tell(error)

    def write(self, connection: Any, message: bytes) -> None:
        """Redact, seal and write one; runs in a thread."""
        from trigate.store.transcript import write_transcript  # noqa: PLC0415 - SQL is loaded off the loop

        transcript = decode(message)
        content = msgspec.json.encode(self._content(transcript))
        row = {
            "id": transcript.id,
            "request": transcript.request,
            "time": transcript.time,
            "expires": transcript.time + self._keep,
            "key": transcript.key,
            "user": transcript.user,
            "team": transcript.team,
            "organisation": transcript.organisation,
            "model": transcript.model,
            "target": transcript.target,
            "outcome": transcript.outcome,
            "size": transcript.ask_size + transcript.answer_size,
        }
        write_transcript(connection, self._derive(SERVICE), row, content)

    def _content(self, transcript: Transcript) -> dict[str, Any]:
        value = self._redaction.value
        return {
            "status": transcript.status,
            "ask": value(told_ask(transcript)),
            "ask_size": transcript.ask_size,
            "ask_cut": transcript.ask_size > len(transcript.ask),
            "answer": value(told_answer(transcript)),
            "answer_size": transcript.answer_size,
            "answer_cut": transcript.answer_size > len(transcript.answer),
        }

    def _tell(self, error: Exception) -> None:
        now = self._loop.time()
        if now - self._told > TELL_SECONDS:
            self._told = now
            # Only these are made for operators; the text of any other may hold what a caller sent.
            reason = error.message if isinstance(error, GatewayError) else type(error).__name__
            _warn("asks and answers cannot be kept", reason=reason)
