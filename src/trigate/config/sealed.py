"""`${sealed:NAME}`: secrets of the store's vault, asked for all at once by the store that the same file describes.

A process of its own opens the vault and is gone afterwards: those that read the file serve traffic, and load no SQL.
"""

import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

TIMEOUT_SECONDS = 30
_NAME = re.compile(r"(?<!\$)\$\{sealed:([^{}]+)\}")


class Answer(Struct, frozen=True):
    """What the process says."""

    secrets: dict[str, str] = {}
    problem: str = ""


class Sealed:
    """The secrets that one file names."""

    def __init__(self, text: str, read_store: Callable[[], Any]) -> None:
        """`read_store` gives the file's settings of the store, None if they cannot be used."""
        self._names = sorted(set(_NAME.findall(text)))
        self._read_store = read_store
        self._answer: Answer | None = None

    def read(self, name: str) -> str:
        """One secret; raises ValueError if it cannot be had."""
        if self._answer is None:
            self._answer = Answer(problem="the store's own settings cannot come from it")  # while they are read
            settings = self._read_store()
            self._answer = Answer(problem="the store cannot be opened") if settings is None else self._ask(settings)
        if name not in self._answer.secrets:
            raise ValueError(self._answer.problem or f"the vault holds no secret {name!r}: `trigate vault set {name}`")
        return self._answer.secrets[name]

    def _ask(self, settings: Any) -> Answer:
        key = settings.master_key
        question = {
            "names": self._names,
            "url": settings.url.reveal(),
            "directory": settings.directory,
            "timeout": float(settings.timeout),
            "master_key": key.reveal() if key is not None else None,
        }
        command = [sys.executable, "-m", "trigate.store.unsealing"]
        try:
            done = subprocess.run(
                command, input=msgspec.json.encode(question), capture_output=True, timeout=TIMEOUT_SECONDS, check=True
            )
            return msgspec.json.decode(done.stdout, type=Answer)
        except (OSError, subprocess.SubprocessError, msgspec.DecodeError) as error:
            raise ValueError(f"the vault cannot be read: {type(error).__name__}") from None
