"""List the prompts of the configuration, show one, or render it with values for its variables."""

import argparse
from typing import Any

import msgspec

from trigate.cli.operate.client import add_config
from trigate.cli.operate.table import add_form, show
from trigate.config.load import load
from trigate.core.errors import BadConfig, GatewayError
from trigate.llm.prompt import Filled, read_values
from trigate.llm.prompt_book import PromptBook
from trigate.llm.prompt_settings import Prompt, PromptVersion
from trigate.llm.settings import LlmSettings

COLUMNS = ("prompt", "version", "labels", "model", "variables")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    actions = parser.add_subparsers(dest="act", required=True, metavar="list|show|render", help="what is done")
    add_form(actions.add_parser("list", help="every version of every prompt"))
    shown = actions.add_parser("show", help="a version as it is written")
    rendered = actions.add_parser("render", help="a version as a model gets it")
    for each in (shown, rendered):
        each.add_argument("prompt", help="NAME, NAME@LABEL or NAME@VERSION")
    rendered.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a variable; can be repeated"
    )
    for each in actions.choices.values():
        add_config(each)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, or 1 if there is no such prompt or a variable is wrong."""
    settings = load(arguments.config).llm or LlmSettings()
    if arguments.act == "list":
        rows = [_row(name, prompt, number) for name, prompt in settings.prompts.items() for number in prompt.versions]
        show(rows, COLUMNS, arguments.format)
        return 0
    name, _, wanted = arguments.prompt.removeprefix("prompt/").partition("@")
    number, version = PromptBook(settings.prompts, settings.max_body).find(name, wanted)
    found = _render(version, arguments.set) if arguments.act == "render" else _written(version)
    print(msgspec.json.format(msgspec.json.encode({"prompt": f"{name}@{number}", **found}), indent=2).decode())
    return 0


def _row(name: str, prompt: Prompt, number: int) -> dict[str, Any]:
    version = prompt.versions[number]
    labels = [label for label, each in prompt.labels.items() if each == number]
    return {
        "prompt": name,
        "version": number,
        "labels": labels,
        "model": version.model,
        "variables": list(version.variables),
    }


def _written(version: PromptVersion) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(version)
    return {name: value for name, value in found.items() if value}


def _render(version: PromptVersion, given: list[str]) -> dict[str, Any]:
    values: dict[str, str] = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals:
            raise BadConfig(f"--set {each!r}: write NAME=VALUE")
        values[name] = value
    try:
        filled = Filled(version, read_values(version, values, "--set"))
    except GatewayError as error:
        raise BadConfig(error.message) from None
    system = [{"role": "system", "content": filled.system}] if filled.system else []
    messages = [*system, *({"role": role, "content": text} for role, text in filled.turns)]
    return {"model": version.model, **version.parameters, "messages": messages}
