"""Every case in every pair of dialects, as the golden files say, and as the providers' own types understand it."""

import importlib
import json
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

from tests.llm.golden.book import MANNERS, follows, read_ask, sources, tell_ask, tell_reply, tell_stream
from tests.llm.golden.frame import from_text
from tests.llm.golden.still import still
from tools import losses
from trigate.llm.chat_dialects import CHAT_DIALECTS, find_chat_dialect
from trigate.llm.loss import Losses

PIECES = (1, 7, 64)
"""Bytes per piece of a stream that is torn."""


def pairs(kind: str) -> list[object]:
    return [
        pytest.param(dialect, path, target, id=f"{dialect}-{path.stem}-{target}")
        for dialect, path in sources(kind)
        for target in CHAT_DIALECTS
    ]


def cases(kind: str) -> list[object]:
    return [pytest.param(dialect, path, id=f"{dialect}-{path.stem}") for dialect, path in sources(kind)]


def wire(dialect: str) -> ModuleType:
    """What checks bodies of a dialect by its provider's own types."""
    return importlib.import_module(f"tests.llm.wire.{dialect}")


@pytest.fixture(autouse=True)
def stillness(monkeypatch: pytest.MonkeyPatch) -> None:
    still(monkeypatch)


@pytest.mark.parametrize(("dialect", "path", "target"), pairs("asks"))
def test_an_ask_reaches_the_provider_as_it_should(dialect: str, path: Path, target: str) -> None:
    told = tell_ask(dialect, path, target)
    assert told == follows(path, target).read_text()
    body = json.loads(told).get("body")
    if body is not None:
        wire(target).check_ask(body)


@pytest.mark.parametrize(("dialect", "path"), cases("asks"))
def test_an_ask_comes_through_the_middle_as_it_was(dialect: str, path: Path) -> None:
    """Value for value: nothing is lost between a dialect and itself."""
    body = json.loads(path.read_text())["body"]
    losses = Losses()
    manners = msgspec.structs.replace(MANNERS, model=body.get("model", MANNERS.model))
    written = find_chat_dialect(dialect).write_ask(read_ask(dialect, path), manners, losses)
    assert json.loads(msgspec.json.encode(written)) == body
    assert not losses


@pytest.mark.parametrize(("dialect", "path", "target"), pairs("replies"))
def test_an_answer_reaches_the_caller_as_it_should(dialect: str, path: Path, target: str) -> None:
    told = tell_reply(dialect, path, target)
    assert told == follows(path, target).read_text()
    wire(target).check_reply(json.dumps(json.loads(told)["body"]).encode())


@pytest.mark.parametrize(("dialect", "path", "target"), pairs("streams"))
def test_a_stream_reaches_the_caller_as_it_should(dialect: str, path: Path, target: str) -> None:
    told = tell_stream(dialect, path, target)
    assert told == follows(path, target).read_text()
    wire(target).check_stream(from_text(target, told))


@pytest.mark.parametrize(("dialect", "path"), cases("streams"))
@pytest.mark.parametrize("size", PIECES)
def test_a_stream_is_understood_in_whatever_pieces_it_comes(
    dialect: str, path: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = tell_stream(dialect, path, dialect)
    still(monkeypatch)
    assert tell_stream(dialect, path, dialect, size) == whole


@pytest.mark.parametrize(("dialect", "path"), cases("streams"))
@pytest.mark.parametrize("size", [0, *PIECES])
def test_a_stream_of_one_dialect_passes_byte_for_byte(dialect: str, path: Path, size: int) -> None:
    data = from_text(dialect, path.read_text())
    passing = find_chat_dialect(dialect).passing(2**20, hides_usage=False)
    step = size or len(data)
    passed = b"".join(passing.feed(data[start : start + step]) for start in range(0, len(data), step))
    assert passed + passing.finish() + passing.last == data


def test_the_page_of_losses_is_what_the_cases_say() -> None:
    assert losses.PAGE.read_text() == losses.page(), "run `make docs`"
