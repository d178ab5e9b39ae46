"""Write a first trigate.yaml from what is found here: provider keys, a local Ollama, an .mcp.json."""

import argparse
import secrets
from pathlib import Path

from trigate.config.discovery import Discovery, discover
from trigate.config.draft import write_draft
from trigate.config.environment import environment
from trigate.core.errors import BadConfig


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("-o", "--output", metavar="FILE", default="trigate.yaml", help="default: trigate.yaml")
    parser.add_argument("--force", action="store_true", help="overwrite the file if there is one")


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0; raises BadConfig rather than overwrite a file."""
    path = Path(arguments.output)
    if path.exists() and not arguments.force:
        raise BadConfig(f"trigate init: {path} exists; --force overwrites it, -o FILE writes another")
    found = discover(environment(), Path())
    _write(path, write_draft(found), arguments.force)
    print("\n".join([f"wrote {path}", *_findings(found), "", *_next_steps(path, found)]))
    return 0


def _write(path: Path, text: str, force: bool) -> None:
    try:
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise BadConfig(f"trigate init: {path} has just been written by somebody else") from None


def _findings(found: Discovery) -> list[str]:
    lines = [f"  provider {each.name}, by ${each.variable}" for each in found.providers]
    if found.ollama:
        lines.append(f"  provider ollama at {found.ollama.base_url}, {len(found.ollama.models)} models")
    lines += [f"  server {each.name}, from {found.servers.file}" for each in found.servers.servers]
    lines += [f"  left out of {found.servers.file}: {each}" for each in found.servers.notes]
    return lines or ["  found no provider key, no Ollama and no .mcp.json; the file shows where they go"]


def _next_steps(path: Path, found: Discovery) -> list[str]:
    variables = environment()
    steps = [] if variables.get("TRIGATE_KEY") else [f"export TRIGATE_KEY=tg-{secrets.token_urlsafe(32)}"]
    missing = [each for each in found.servers.variables if not variables.get(each)]
    steps += [f"export {each}=…   # see {found.servers.file}" for each in missing]
    option = "" if path == Path("trigate.yaml") else f" -c {path}"
    return [*steps, f"trigate check{option}", f"trigate serve{option}"]
