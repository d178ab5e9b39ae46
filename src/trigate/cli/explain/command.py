"""Explain a place of the configuration, an access, a model, or a tool.

`trigate explain PATH`, `trigate explain access --as KEY ACTION RESOURCE`, `trigate explain model NAME` and
`trigate explain tool NAME`. Of a place
it tells type, default, meaning, keys, and what the file says there. Of an access it tells whether it is allowed, and
the rule that decides; the exit status is 0 if it is, 1 if it is not. Conditions are asked with the `--request` and
`--arguments` that are given. Of a model it tells targets, order, prices, what follows a failure, and with `--as KEY`
which of the file's limits hold. Of a tool, given as an endpoint shows it or as SERVER/TOOL, it tells names, changes,
pins, times, approvals, and with `--as KEY` access and limits.
"""

import argparse
import sys
from pathlib import Path

from trigate.config.explain import explain
from trigate.config.load import Loaded, open_config
from trigate.config.problem import InvalidConfig
from trigate.core.errors import BadRequest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "words",
        metavar="PATH",
        nargs="*",
        help="such as llm.models; default: the top level; or `access ACTION RESOURCE`, `model NAME` or `tool NAME`",
    )
    parser.add_argument("-c", "--config", metavar="FILE", help="default: trigate.yaml, if there is one")
    parser.add_argument("--as", dest="key", metavar="KEY", default="", help="who asks for access, by the key's name")
    parser.add_argument("--on-behalf", metavar="USER", default="", help="the end user that the key acts for")
    parser.add_argument("--arguments", metavar="JSON", default="", help="the arguments that conditions look at")
    parser.add_argument("--request", metavar="JSON", default="", help='the request they look at: {"method": "GET"}')


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, or 1 if there is no such place, or no such access."""
    words: list[str] = arguments.words
    if words[:1] == ["access"]:
        return _run_access(arguments, words[1:])
    if words[:1] == ["model"]:
        return _run_model(arguments, words[1:])
    if words[:1] == ["tool"]:
        return _run_tool(arguments, words[1:])
    if len(words) > 1:
        return _refuse("one path, or `access ACTION RESOURCE`, or `model NAME`, or `tool NAME`")
    loaded = _loaded(arguments.config)
    try:
        text = explain("".join(words), loaded.config if loaded else None)
    except (LookupError, ValueError) as error:
        return _refuse(error.args[0])
    print(loaded.substitution.redact(text) if loaded else text)
    return 0


def _run_access(arguments: argparse.Namespace, words: list[str]) -> int:
    from trigate.cli.explain.access import Question, explain_access

    if len(words) != 2 or not arguments.key:
        return _refuse("write `trigate explain access --as KEY ACTION RESOURCE`")
    file = arguments.config or "trigate.yaml"
    question = Question(
        file, arguments.key, arguments.on_behalf, words[0], words[1], arguments.request, arguments.arguments
    )
    try:
        allowed, text = explain_access(question)
    except BadRequest as error:
        return _refuse(error.message)
    print(text)
    return 0 if allowed else 1


def _run_model(arguments: argparse.Namespace, words: list[str]) -> int:
    from trigate.cli.explain.model import explain_model

    if len(words) != 1:
        return _refuse("write `trigate explain model NAME`")
    try:
        text = explain_model(arguments.config or "trigate.yaml", words[0], arguments.key, arguments.on_behalf)
    except BadRequest as error:
        return _refuse(error.message)
    print(text)
    return 0


def _run_tool(arguments: argparse.Namespace, words: list[str]) -> int:
    from trigate.cli.explain.tool import explain_tool

    if len(words) != 1:
        return _refuse("write `trigate explain tool NAME`")
    try:
        text = explain_tool(arguments.config or "trigate.yaml", words[0], arguments.key, arguments.on_behalf)
    except BadRequest as error:
        return _refuse(error.message)
    print(text)
    return 0


def _refuse(reason: object) -> int:
    print(f"trigate explain: {reason}", file=sys.stderr)
    return 1


def _loaded(name: str | None) -> Loaded | None:
    """The file's configuration; a file that is broken is no reason not to explain how to write it."""
    path = Path(name or "trigate.yaml")
    if name is None and not path.exists():
        return None
    try:
        return open_config(path)
    except InvalidConfig as error:
        print(
            f"{error.problems[0]}\n`trigate check` lists every problem; the file's values are not shown",
            file=sys.stderr,
        )
        return None
