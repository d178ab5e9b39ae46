"""The control process's side: redacted and sealed before it is written, and one failure ends nothing."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.llm.scene import DONE, STOP, event
from tests.llm.test_telling import word
from tests.llm.test_transcript import transcript
from trigate.core.settings import Duration
from trigate.core.surroundings import Surroundings
from trigate.llm.log_settings import LogSettings
from trigate.llm.scribe import SECOND, services
from trigate.llm.transcript import SERVICE, encode
from trigate.store.keeper import Keeper
from trigate.store.settings import StoreSettings
from trigate.store.store import Store
from trigate.store.transcript import list_transcripts, open_transcript

CANARY = "canary-provider-key-0123456789"
KEY = bytes(range(32))


class Stream:
    def __init__(self, *messages: bytes) -> None:
        self.messages = list(messages)

    async def receive(self) -> bytes | None:
        return self.messages.pop(0) if self.messages else None


async def written(folder: Path, log: LogSettings, *messages: bytes) -> Store:
    store = StoreSettings(directory=str(folder))
    loop = asyncio.get_running_loop()
    keeper = Keeper(store, loop)
    nothing: Any = None
    surroundings = Surroundings(loop, nothing, nothing, nothing, nothing, nothing, lambda purpose: KEY)
    try:
        await services(log, surroundings, keeper, [CANARY])[SERVICE](Stream(*messages), b"")  # type: ignore[arg-type]
    finally:
        keeper.drain()
    return Store(store)


def opened(store: Store, name: str) -> dict[str, Any]:
    with store.reading() as connection:
        return open_transcript(connection, KEY, name)[1]


async def test_secrets_are_struck_out_of_asks_answers_and_streams_torn_anywhere(tmp_path: Path):
    ask = msgspec.json.encode({"messages": [{"content": f"my key is {CANARY}"}], CANARY: 1})
    torn = b"".join(word(letter) for letter in f"it is {CANARY}, I think")
    answer = torn + event(STOP) + DONE
    log = LogSettings(keep=Duration(60))
    messages = [
        encode(transcript(id="plain", request="p", ask=ask, ask_size=len(ask), answer=ask, answer_size=len(ask))),
        encode(transcript(id="cut", request="c", ask=ask[:-4], ask_size=len(ask))),
        encode(transcript(id="torn", request="t", streamed=True, answer=answer, answer_size=len(answer))),
    ]
    store = await written(tmp_path, log, *messages)
    with store.reading() as connection:
        rows = list_transcripts(connection, 0, 10, {})
    assert [each["expires"] for each in rows] == [5 + 60 * SECOND] * 3
    plain, cut, torn_one = opened(store, "plain"), opened(store, "cut"), opened(store, "torn")
    store.close()
    assert plain["ask"]["messages"][0]["content"] == "my key is [struck]"
    assert (plain["ask_cut"], cut["ask_cut"]) == (False, True)
    assert torn_one["answer"]["parts"][0]["text"] == "it is [struck], I think"
    assert CANARY not in str([plain, cut, torn_one])
    assert all(CANARY.encode() not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


async def test_one_that_cannot_be_written_ends_no_other(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    store = await written(tmp_path, LogSettings(), b"\xc1 canary", encode(transcript()))
    with store.reading() as connection:
        assert [each["id"] for each in list_transcripts(connection, 0, 10, {})] == ["c1"]
    store.close()
    told = capfd.readouterr().err
    assert "cannot be kept" in told
    assert "canary" not in told
