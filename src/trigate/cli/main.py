"""`trigate COMMAND`: finds the command's file, reads its arguments, and tells errors in one line."""

import argparse
import ast
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from trigate import VERSION
from trigate.config.problem import suggest
from trigate.core.errors import GatewayError

_FOLDER = Path(__file__).parent
_INTERRUPTED = 130
"""128 + SIGINT, as shells have it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the result is the exit status: 0 done, 1 refused, 2 not understood."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    name = words[0] if words else ""
    if name in commands():
        return _run(name, words[1:])
    overview = overview_parser()
    if not name:
        overview.print_help()
        return 2
    if not name.startswith("-"):
        overview.error(f"there is no command {name!r}{suggest(name, commands())}")
    overview.parse_args(words)
    return 0


def commands() -> list[str]:
    """The names of all commands: `NAME.py`, or `NAME/command.py` for those that are more than one file."""
    files = {path.stem for path in _FOLDER.glob("*.py") if path.stem not in ("__init__", "main")}
    return sorted(files | {path.parent.name for path in _FOLDER.glob("*/command.py")})


def overview_parser() -> argparse.ArgumentParser:
    """The parser of `trigate` itself, which only lists the commands."""
    lines = [f"  {name:<10} {_caption(name)}" for name in commands()]
    parser = argparse.ArgumentParser(
        prog="trigate",
        usage="trigate COMMAND [OPTIONS]",
        description="One gateway for service, model and tool traffic.",
        epilog="\n".join(["commands:", *lines, "", "`trigate COMMAND --help` shows the options of a command."]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"trigate {VERSION}")
    return parser


def command_parser(name: str) -> argparse.ArgumentParser:
    """The parser of one command."""
    module = _module(name)
    parser = argparse.ArgumentParser(
        prog=f"trigate {name}", description=module.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    module.add_arguments(parser)
    return parser


def _run(name: str, words: list[str]) -> int:
    parser = command_parser(name)
    try:
        return _module(name).run(_parse(parser, words))
    except GatewayError as error:
        return _refuse(error.message)
    except BrokenPipeError:
        # Whoever reads the output has seen enough; the interpreter must not try to flush the rest.
        sys.stdout = None
        return 0
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        return _refuse(f"trigate {name}: {place}{error.strerror or error}")
    except KeyboardInterrupt:
        return _INTERRUPTED


def _parse(parser: argparse.ArgumentParser, words: list[str]) -> argparse.Namespace:
    """Options may stand between words, but for a command with commands of its own: argparse knows no such thing."""
    try:
        return parser.parse_intermixed_args(words)
    except TypeError:
        return parser.parse_args(words)


def _refuse(message: str) -> int:
    print(message, file=sys.stderr)
    return 1


def _module(name: str) -> ModuleType:
    return import_module(_module_name(name))


def _module_name(name: str) -> str:
    is_folder = (_FOLDER / name).is_dir()
    return f"trigate.cli.{name}.command" if is_folder else f"trigate.cli.{name}"


def _caption(name: str) -> str:
    """The first line of a command's file, read without running it."""
    spec = find_spec(_module_name(name))
    source = Path(spec.origin).read_text(encoding="utf-8") if spec and spec.origin else ""
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]


if __name__ == "__main__":
    sys.exit(main())
