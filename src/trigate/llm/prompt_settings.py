"""Prompts of the operator: texts in versions, with labels that callers name and variables that they fill in."""

import re
from typing import Any, Literal

from trigate.core.settings import Settings

PLACE = re.compile(r"\{\{[ \t]*([A-Za-z_][A-Za-z0-9_]{0,63})[ \t]*\}\}")
"""Where the value of a variable goes."""
LABEL = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}").fullmatch
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}").fullmatch
OURS = frozenset({"model", "messages", "stream", "stream_options", "metadata"})
"""Members of an ask that are no parameters."""


class PromptVariable(Settings):
    """A value that callers give; it is put into the texts as it is, and nothing in it is looked at again."""

    default: str | None = None
    """What stands there if a caller gives nothing; without one the variable must be given."""
    allowed: list[str] = []
    """The only values there may be; any, if there are none here."""
    longest: int = 100_000
    """Most characters of a value."""

    def __post_init__(self) -> None:
        if self.longest < 1:
            raise ValueError("longest must be at least 1")
        if self.default is not None and self.allowed and self.default not in self.allowed:
            raise ValueError("the default must be one of the allowed values")


class PromptMessage(Settings):
    """One message that goes before those of the caller."""

    role: Literal["user", "assistant"]
    """Who says it."""
    content: str
    """What is said, with variables as `{{name}}`."""


class PromptVersion(Settings):
    """One version of a prompt; to change a text, add a version and move a label."""

    system: str = ""
    """The system prompt, before that of the caller; with variables as `{{name}}`."""
    messages: list[PromptMessage] = []
    """Messages before those of the caller."""
    model: str = ""
    """The model that is asked, by its name in `llm.models` or as `provider/model`; left out, callers must name one."""
    parameters: dict[str, Any] = {}
    """Further members of the ask, by their names in OpenAI's chat completions, such as `temperature`, `tools` and
    `response_format`. What a caller sends goes before them."""
    variables: dict[str, PromptVariable] = {}
    """Every variable of the texts."""

    def __post_init__(self) -> None:
        texts = [self.system, *(each.content for each in self.messages)]
        if not any(texts):
            raise ValueError("a version needs a system text or messages")
        used = {name for text in texts for name in PLACE.findall(text)}
        for text in texts:
            if "{{" in PLACE.sub("", text):
                raise ValueError("`{{` begins a variable such as {{name}}; nothing else may stand within the braces")
        if missing := sorted(used - self.variables.keys()):
            raise ValueError(f"variables says nothing of {{{{{missing[0]}}}}}")
        if unused := sorted(self.variables.keys() - used):
            raise ValueError(f"the variable {unused[0]!r} stands in no text")
        if foreign := sorted(OURS & self.parameters.keys()):
            raise ValueError(f"{foreign[0]} is no parameter")


class Prompt(Settings):
    """A prompt, asked for as `prompt/NAME`, `prompt/NAME@LABEL` or `prompt/NAME@VERSION` in place of a model."""

    versions: dict[int, PromptVersion]
    """Its versions by number."""
    labels: dict[str, int] = {}
    """Names for versions, such as `production: 2`. Without a label or version callers get `production`, or the highest
    version if there is no such label."""

    def __post_init__(self) -> None:
        if not self.versions:
            raise ValueError("a prompt needs at least one version")
        if min(self.versions) < 1:
            raise ValueError("versions are counted from 1")
        for label, version in self.labels.items():
            if not LABEL(label):
                raise ValueError(
                    f"{label!r} is not a label: begin with a letter, then letters, digits, `_`, `.` and `-`"
                )
            if version not in self.versions:
                raise ValueError(f"the label {label!r} is on version {version}, which there is not")

    def find(self, wanted: str) -> int | None:
        """The number of the version that a label or number, or no word at all, means; None if there is none."""
        if not wanted:
            return self.labels.get("production", max(self.versions))
        if wanted.isascii() and wanted.isdigit():
            number = int(wanted)
            return number if number in self.versions else None
        return self.labels.get(wanted)
