"""Reads secrets of the vault for a process that must not load SQL: JSON on the standard streams."""

import sys

import msgspec
from msgspec import Struct

from trigate.core.errors import GatewayError, UnknownName
from trigate.core.settings import Duration, Secret
from trigate.store.settings import StoreSettings
from trigate.store.store import Store


class Question(Struct, frozen=True):
    """Which secrets of which store."""

    names: list[str]
    url: str
    directory: str
    timeout: float
    master_key: str | None = None


class Answer(Struct, frozen=True):
    """Those that there are, and why there are no others."""

    secrets: dict[str, str] = {}
    problem: str = ""


def answer(question: Question) -> Answer:
    """Every secret that there is, or the problem that stands before all of them."""
    master_key = Secret(question.master_key) if question.master_key is not None else None
    store = Store(
        StoreSettings(
            url=Secret(question.url), directory=question.directory, timeout=Duration(question.timeout),
            master_key=master_key,
        )
    )  # fmt: skip
    found: dict[str, str] = {}
    try:
        with store.vault() as vault:
            for name in question.names:
                try:
                    found[name] = vault.get(name)
                except UnknownName:
                    continue  # whoever asks knows where it was named
    except GatewayError as error:
        return Answer(problem=error.message)
    finally:
        store.close()
    return Answer(found)


if __name__ == "__main__":
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Question)
    sys.stdout.buffer.write(msgspec.json.encode(answer(asked)))
