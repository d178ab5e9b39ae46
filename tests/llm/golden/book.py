"""Golden files: what each dialect says, and what becomes of it in every other. Adding a case needs no Python.

    asks/DIALECT/CASE.json                 what a caller sends: {"model", "streamed", "body"}
    asks/DIALECT/CASE.to.OTHER.json        {"body": what the provider gets, "losses": […]}, or {"error": …}
    replies/DIALECT/CASE.json              a provider's whole answer
    replies/DIALECT/CASE.to.OTHER.json     {"body": what the caller gets, "losses": […]}
    streams/DIALECT/CASE.txt               a provider's stream
    streams/DIALECT/CASE.to.OTHER.txt      what the caller gets

`python -m tests.llm.golden` writes everything that follows from the first of each kind; then read the difference.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from tests.llm.golden.frame import from_text, to_text
from trigate.core.errors import GatewayError
from trigate.llm.chat_dialect import Manners
from trigate.llm.chat_dialects import CHAT_DIALECTS, find_chat_dialect
from trigate.llm.conversation import Conversation
from trigate.llm.loss import Losses

HERE = Path(__file__).parent
LIMIT = 2**20
MODEL = "the-model"
MANNERS = Manners(model=MODEL)


def sources(kind: str) -> Iterator[tuple[str, Path]]:
    """Dialect and file of every case of a kind: `asks`, `replies` or `streams`."""
    for dialect in CHAT_DIALECTS:
        for path in sorted((HERE / kind / dialect).glob("*.*")):
            if ".to." not in path.name:
                yield dialect, path


def follows(path: Path, target: str) -> Path:
    """The file of what becomes of a case in another dialect."""
    return path.with_name(f"{path.stem}.to.{target}{path.suffix}")


def read_ask(dialect: str, path: Path) -> Conversation:
    """The ask of a case."""
    case = json.loads(path.read_text())
    return find_chat_dialect(dialect).read_ask(case["body"], case["model"], streamed=case["streamed"])


def tell_ask(dialect: str, path: Path, target: str) -> str:
    """What a provider of `target` gets."""
    losses = Losses()
    try:
        conversation = read_ask(dialect, path)
        body = find_chat_dialect(target).write_ask(conversation, MANNERS, losses)
    except GatewayError as error:
        return write({"error": {"code": error.code, "message": error.message}})
    return write({"body": body, "losses": told(losses)})


def tell_reply(dialect: str, path: Path, target: str) -> str:
    """What a caller of `target` gets."""
    losses = Losses()
    reply = find_chat_dialect(dialect).read_reply(path.read_bytes())
    body = find_chat_dialect(target).write_reply(reply, asked(target), losses)
    return write({"body": json.loads(body), "losses": told(losses)})


def tell_stream(dialect: str, path: Path, target: str, size: int = 0) -> str:
    """What a caller of `target` gets of a stream that comes in pieces of `size` bytes, by default whole."""
    data = from_text(dialect, path.read_text())
    return to_text(target, b"".join(translate(dialect, target, data, size)))


def translate(dialect: str, target: str, data: bytes, size: int = 0) -> Iterator[bytes]:
    """A stream in another dialect, piece by piece."""
    reader = find_chat_dialect(dialect).stream_reader(LIMIT)
    writer = find_chat_dialect(target).stream_writer(asked(target))
    size = size or len(data)
    for start in range(0, len(data), size):
        yield writer.write(reader.feed(data[start : start + size]))
    yield writer.write(reader.finish())


def asked(dialect: str) -> Conversation:
    """The ask that answers belong to."""
    return Conversation(dialect=dialect, model="asked-model", turns=[], streamed=True, counted=True)


def told(losses: Losses) -> list[list[str]]:
    return [[each.field, each.fate, each.why] for each in losses.found()]


def write(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
