"""One rule of access as it is written: who it is about, what they may do and what not, and under which condition."""

from functools import lru_cache

import msgspec

from trigate.policy.expression import Expression, Variables
from trigate.policy.expression import compile as compile_expression
from trigate.policy.selector import Selector

LANES = ("api", "llm", "mcp")
KINDS = ("endpoint/", "feedback", "model/", "prompt/", "provider/", "route/", "server/")
"""What resources begin with."""

PRINCIPAL = frozenset(
    ("key", "user", "end_user", "agent", "team", "organisation", "roles", "claims"),
)
VARIABLES: Variables = {
    "principal": PRINCIPAL,
    "action": frozenset(("name", "resource", "lane")),
    "request": frozenset(("method", "path", "host", "headers", "address")),
    "arguments": None,
}
"""What a condition may name."""


class Rule(Selector):
    """A rule of access. Everything it says about the caller must hold; one that says nothing is about everybody.

    Texts are globs, in which `*` stands for any text, `/` included; of a list, one must fit.
    """

    name: str = ""
    """What `trigate explain access` calls it."""
    allow: tuple[str, ...] = ()
    """What they may do: `ACTION` or `ACTION RESOURCE`, such as `llm.*` or `mcp.tools.call server/zendesk/*`."""
    deny: tuple[str, ...] = ()
    """What they may not do, whatever else allows it, written like `allow`."""
    when: str = ""
    """A condition in CEL over `principal`, `action`, `request` and `arguments`; if it cannot be told whether it holds,
    the rule denies what is under `deny` and allows nothing.
    """

    def __post_init__(self) -> None:
        if not self.allow and not self.deny:
            raise ValueError("a rule has `allow`, `deny` or both")
        for entry in (*self.allow, *self.deny):
            check_entry(entry)
        self.check_selectors()
        if self.when:
            condition(self.when)


_decode = msgspec.json.Decoder(Rule).decode


def parse_entry(entry: str) -> tuple[str, str]:
    """Globs of action and resource."""
    action, _, resource = entry.strip().partition(" ")
    return action, resource.strip() or "*"


def check_entry(entry: str) -> None:
    """Raises ValueError for an entry that could never fit anything."""
    action, resource = parse_entry(entry)
    if not action:
        raise ValueError("an empty entry; write `*` for everything")
    lane, dot, _ = action.partition(".")
    if "*" not in lane and (lane not in LANES or not dot):
        raise ValueError(f"{entry!r}: an action begins with {', '.join(f'`{each}.`' for each in LANES)} or `*`")
    begin = resource.partition("*")[0]
    if not any(begin.startswith(kind) or (kind.startswith(begin) and "*" in resource) for kind in KINDS):
        raise ValueError(f"{entry!r}: a resource begins with {', '.join(f'`{each}`' for each in KINDS)} or `*`")


def read_rule(body: bytes) -> Rule:
    """A rule written as JSON, as it would stand in the file; raises ValueError."""
    return _decode(body)


@lru_cache(4096)
def condition(text: str) -> Expression:
    """A rule's condition, compiled; raises ValueError."""
    try:
        return compile_expression(text, VARIABLES)
    except ValueError as error:
        raise ValueError(f"when: {error}") from None
