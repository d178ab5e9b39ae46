"""Prompts in files of their own, read like the configuration: strict, with the line of every problem."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import structs

from trigate.config.config import Config
from trigate.config.problem import InvalidConfig, Problem

MOST = 1000
"""Files in the directory."""
Read = Callable[[Path], Any]
"""Reads one file as a prompt; raises InvalidConfig."""


def with_prompts(config: Config, file: str, folder: Path, read: Read) -> Config:
    """The configuration with the prompts of its directory; `file` is where it names that. Raises InvalidConfig."""
    llm = config.llm
    if llm is None or not llm.prompt_directory:
        return config
    place = folder / llm.prompt_directory
    prompts, problems = dict(llm.prompts), list[Problem]()
    for path in _files(place, file):
        try:
            prompt = read(path)
        except InvalidConfig as error:
            problems += error.problems
            continue
        if path.stem in prompts:
            problems.append(Problem(str(path), None, (), f"there is a prompt {path.stem!r} in {file}, too"))
        prompts[path.stem] = prompt
    if problems:
        raise InvalidConfig(problems)
    try:
        return structs.replace(config, llm=structs.replace(llm, prompts=prompts))
    except ValueError as error:
        raise InvalidConfig([Problem(str(place), None, (), str(error))]) from None


def _files(place: Path, file: str) -> list[Path]:
    try:
        found = sorted(each for each in place.iterdir() if each.suffix == ".yaml")
    except OSError as error:
        message = f"{place} cannot be read: {error.strerror}"
        raise InvalidConfig([Problem(file, None, ("llm", "prompt_directory"), message)]) from None
    if len(found) > MOST:
        message = f"{place} has more than {MOST} prompts"
        raise InvalidConfig([Problem(file, None, ("llm", "prompt_directory"), message)])
    return found
