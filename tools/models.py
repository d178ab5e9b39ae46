"""Write the built-in table of models from a checkout of models.dev: `python -m tools.models FOLDER COMMIT DATE`."""

import sys
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

from trigate.llm.model_source import compile_table
from trigate.llm.model_table import FILE

Facts = dict[str, Any]


def main() -> None:
    """Write the table."""
    folder, commit, date = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    providers = {path.parent.name: provider(path, folder) for path in sorted(folder.glob("providers/*/provider.toml"))}
    notice = (folder / "LICENSE").read_text(encoding="utf-8")
    FILE.write_bytes(compile_table(providers, f"models.dev {commit[:12]}", date, notice))


def provider(path: Path, folder: Path) -> Facts:
    """A provider with its models, as `api.json` has it."""
    models = path.parent / "models"
    found = {name_of(each, models): resolved(each, folder) for each in sorted(toml_files(models))}
    return {**read(path), "models": found}


def toml_files(folder: Path) -> Iterator[Path]:
    """The files of models, in folders too, for some names hold a slash."""
    return (path for path in folder.rglob("*.toml") if path.is_file())  # not links that lead nowhere


def name_of(path: Path, models: Path) -> str:
    """The model's name: the path without its ending."""
    return path.relative_to(models).as_posix().removesuffix(".toml")


def resolved(path: Path, folder: Path) -> Facts:
    """A model with what it takes over from the provider-agnostic description that it names."""
    own = read(path)
    base = own.pop("base_model", "")
    omitted = own.pop("base_model_omit", [])
    merged = merge(read(folder / "models" / f"{base}.toml"), own) if base else own
    for place in omitted:
        drop(merged, place.split("."))
    return merged


def merge(below: Facts, above: Facts) -> Facts:
    """Tables are merged, everything else is replaced."""
    found = deepcopy(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(found.get(key), dict)
        found[key] = merge(found[key], value) if both else value
    return found


def drop(facts: Facts, place: list[str]) -> None:
    """Take out one member, however deep; what is not there stays so."""
    *above, last = place
    for each in above:
        facts = facts.get(each, {})
    facts.pop(last, None)


def read(path: Path) -> Facts:
    """A file, with prices as exact decimals."""
    return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


if __name__ == "__main__":
    main()
