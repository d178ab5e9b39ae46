"""May somebody do something, and which rule says so: asked of a file, without a gateway."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec
from msgspec import Struct, structs

from trigate.cli.explain.registry import StoreRegistry
from trigate.config.config import Config
from trigate.config.explain import read_path
from trigate.config.load import open_config, read_text
from trigate.config.place import find_mark
from trigate.core.action import Action
from trigate.core.errors import BadRequest
from trigate.core.principal import Principal
from trigate.policy.access import Access, Ruling
from trigate.policy.authenticators.anonymous import Anonymous
from trigate.policy.clause import Clause
from trigate.policy.directory import Directory
from trigate.store.directory import Document


class Question(Struct, frozen=True):
    """What is asked."""

    file: str
    key: str
    end_user: str
    action: str
    resource: str
    request: str = ""
    """JSON: what conditions are told of the request."""
    arguments: str = ""
    """JSON: what conditions are told of the arguments."""


class Registry(Protocol):
    """Who is known outside of the file, and by which rules."""

    def principal(self, key: str) -> Principal | None:
        """The caller who shows the key of that name; None if it is not known or no longer valid."""
        ...

    def documents(self) -> Sequence[Document]:
        """The rules that hold beside those of the file."""
        ...


class FileRegistry:
    """The keys that the file itself declares."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def principal(self, key: str) -> Principal | None:
        """The key of the file, or the anonymous caller where the file lets such in."""
        policy = self._config.policy
        if key == "anonymous" and key not in policy.keys:
            open_to = [each for each in policy.authenticators if isinstance(each, Anonymous)]
            return Principal(key, frozenset(open_to[0].lanes)) if open_to else None
        if key not in policy.keys:
            return None
        found = Directory(policy.keys).find(policy.keys[key].secret.reveal().encode())
        return found if isinstance(found, Principal) else None

    def documents(self) -> Sequence[Document]:
        """None: the file's own rules are not made at run time."""
        return ()


REGISTRIES: list[Callable[[Config], Registry]] = [FileRegistry, StoreRegistry]
"""Where keys and rules are looked for, in this order."""


def explain_access(question: Question) -> tuple[bool, str]:
    """Whether it is allowed, and the answer in words; raises BadRequest, and BadConfig for a file with problems."""
    config = open_config(question.file).config
    registries = [make(config) for make in REGISTRIES]
    principal = find_principal(registries, question.key, question.end_user)
    access = Access(config.policy.access, config.policy.access_default)
    problems = access.use_documents([each for registry in registries for each in registry.documents()])
    values = {
        "request": _object("--request", question.request),
        "arguments": _object("--arguments", question.arguments),
    }
    ruling = access.judge(principal, Action(question.action, question.resource), values)
    return ruling.allowed, "\n".join([_answer(question, ruling), *_reason(question.file, config, ruling), *problems])


def find_principal(registries: Sequence[Registry], key: str, end_user: str) -> Principal:
    """Who shows the key of this name, for an end user if one is named; raises BadRequest."""
    for each in registries:
        principal = each.principal(key)
        if principal is not None:
            return structs.replace(principal, on_behalf_of=end_user) if end_user else principal
    raise BadRequest(f"there is no valid key {key!r}")


def _object(option: str, text: str) -> Mapping[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any]) if text else {}
    except msgspec.DecodeError:
        raise BadRequest(f"{option} takes a JSON object") from None


def _answer(question: Question, ruling: Ruling) -> str:
    who = f"key {question.key!r}" + (f" for {question.end_user!r}" if question.end_user else "")
    verb = "may" if ruling.allowed else "may not"
    return f"{'allowed' if ruling.allowed else 'denied'}: {who} {verb} do {question.action} on {question.resource}"


def _reason(file: str, config: Config, ruling: Ruling) -> list[str]:
    if ruling.by is not None:
        return _rule(file, ruling.by, allowed=ruling.allowed)
    return [f"  {_REASONS[ruling.reason]}" + (f": {_default(config)}" if ruling.reason == "default" else "")]


_REASONS = {
    "lane": "the key may not use this lane at all",
    "restriction": "the key itself is limited to other models, servers or routes",
    "open": "it needs no rule: it is about nothing that rules protect, and no rule denies it",
    "default": "no rule decides",
}


def _default(config: Config) -> str:
    written = config.policy.access_default
    if written is not None:
        return f"policy.access_default is {written}"
    if any(rule.allow for rule in config.policy.access):
        return "what no rule allows is denied, since rules of the file allow something"
    return "what no rule denies is allowed, since no rule of the file allows anything"


def _rule(file: str, clause: Clause, *, allowed: bool) -> list[str]:
    """The rule that decided, where it is written, and what its condition has to do with it."""
    name = f" {clause.name!r}" if clause.name else ""
    mark = None if " " in clause.place else find_mark(read_text(Path(file)), read_path(clause.place))
    lines = [f"  by {clause.place}{name}" + (f" ({file}:{mark.line})" if mark else "")]
    if clause.condition is not None:
        told = "it holds" if allowed else "it holds, or cannot be told from what is given"
        lines.append(f"  under its condition, and {told}: {' '.join(clause.condition.text.split())}")
    return lines
