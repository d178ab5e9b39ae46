"""File to Config: read, converted, every problem reported at once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct

from trigate.config.config import Config
from trigate.config.conversion import Conversion
from trigate.config.document import MAX_CHARACTERS, read_document
from trigate.config.environment import environment
from trigate.config.node import Mapping as Tree
from trigate.config.node import Node
from trigate.config.problem import InvalidConfig, Problem
from trigate.config.prompt_directory import with_prompts
from trigate.config.sealed import Sealed
from trigate.config.substitution import Substitution, read_bytes

S = TypeVar("S", bound=Struct)


class Loaded(Struct, frozen=True):
    """A configuration together with what must not be shown of it."""

    config: Config
    substitution: Substitution


def load(path: str | Path) -> Config:
    """The configuration in a file; raises InvalidConfig with every problem, also if there is no such file."""
    return open_config(path).config


def open_config(path: str | Path) -> Loaded:
    """Like `load`, for those who show the configuration to a person."""
    name = str(path)
    substitution = Substitution(environment(), Path(path).parent)
    return Loaded(_convert(read_text(Path(path)), name, substitution, Path(path).parent), substitution)


def load_text(
    text: str,
    name: str,
    variables: Mapping[str, str] | None = None,
    folder: str | Path = ".",
    found: dict[str, str] | None = None,
) -> Config:
    """The configuration in a text; `name` stands for the file in messages, `folder` is where `${file:…}` begins.

    `found` is what stores of secrets gave before: nobody is asked for it again, and what they give is added to it.
    """
    variables = environment() if variables is None else variables
    return _convert(text, name, Substitution(variables, Path(folder), found), Path(folder))


def _convert(text: str, name: str, substitution: Substitution, folder: Path) -> Config:
    def read(path: Path) -> Any:
        from trigate.llm.prompt_settings import Prompt  # noqa: PLC0415 - a file without llm never loads it

        return convert_text(read_text(path), str(path), Prompt, Substitution({}, path.parent))

    return with_prompts(convert_text(text, name, Config, substitution), name, folder, read)


def convert_text(text: str, name: str, settings: type[S], substitution: Substitution) -> S:
    """`text` as settings of any type; raises InvalidConfig."""
    conversion = Conversion(name, substitution)
    document = read_document(text, name)
    substitution.read_sealed = Sealed(text, lambda: _read_store(document, name, substitution)).read
    value: Any = conversion.convert(document, settings)
    if conversion.problems:
        raise InvalidConfig([_redacted(each, substitution) for each in _sorted(conversion.problems)])
    return value


def _read_store(document: Node, name: str, substitution: Substitution) -> Any:
    """The settings of the store in a document, None if there is something wrong with them."""
    entries = document.entries if isinstance(document, Tree) else []
    store = [(key, value) for key, value in entries if key.text == "store"]
    conversion = Conversion(name, substitution)
    config: Any = conversion.convert(Tree(document.mark, store), Config)
    return None if conversion.problems else config.store


def read_text(path: Path) -> str:
    """The text of a configuration file; raises InvalidConfig if it cannot be read."""
    try:
        return read_bytes(path, MAX_CHARACTERS).decode("utf-8-sig")
    except FileNotFoundError:
        raise _unreadable(path, "there is no such file; `trigate init` writes one") from None
    except OSError as error:
        raise _unreadable(path, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise _unreadable(path, f"not UTF-8 text: byte {error.start} does not belong") from None
    except ValueError as error:
        raise _unreadable(path, str(error)) from None


def _unreadable(path: Path, message: str) -> InvalidConfig:
    return InvalidConfig([Problem(str(path), None, (), message)])


def _sorted(problems: list[Problem]) -> list[Problem]:
    """In the order of the file."""
    return sorted(problems, key=lambda each: (each.mark.line, each.mark.column) if each.mark else (0, 0))


def _redacted(problem: Problem, substitution: Substitution) -> Problem:
    return Problem(problem.file, problem.mark, problem.path, substitution.redact(problem.message))
