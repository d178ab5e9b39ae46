"""Settings made at run time: one of them as JSON, checked as if it stood in the file."""

from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from trigate.config.document import MAX_CHARACTERS
from trigate.config.load import convert_text
from trigate.config.problem import InvalidConfig
from trigate.config.substitution import Substitution

S = TypeVar("S", bound=Struct)


def read_setting(body: bytes, name: str, settings: type[S]) -> S:
    """`body` as settings of a type, a contract with kinds included; `name` stands for it in messages.

    Raises ValueError with every problem. Only the file may refer to the environment or to files.
    """
    if len(body) > MAX_CHARACTERS:
        raise ValueError(f"{name}: longer than {MAX_CHARACTERS} bytes")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise ValueError(f"{name}: not UTF-8 text") from None
    if "${" in text:
        raise ValueError(f"{name}: only the file may hold references such as ${{NAME}}")
    try:
        return convert_text(text, name, settings, Substitution({}, Path()))
    except InvalidConfig as error:
        raise ValueError(error.message) from None
