"""Rules made at run time: what cannot be used of one never lets anybody do more."""

from typing import Any

import msgspec

from trigate.policy.clause import Clause, compile_rule
from trigate.policy.rule import Rule, read_rule
from trigate.store.directory import Document


def compile_document(document: Document) -> tuple[Clause | None, str]:
    """The rule, compiled, and what is wrong with it, empty if nothing is.

    Rules are checked when they are made; one that cannot be used was made by another version of the gateway, or where
    CEL is installed. If only its condition cannot be asked, it denies as if that held and allows nothing; otherwise it
    denies everything to whomever it may be about. None if nothing of it is left.
    """
    place = f"rule {document.name!r} of the store"
    try:
        return compile_rule(read_rule(document.body), place, document.organisation), ""
    except ValueError as error:
        problem = f"access {place} cannot be used as it is: {error}"
    denying = _denying(document.body)
    return (compile_rule(denying, place, document.organisation) if denying else None), problem


def _denying(body: bytes) -> Rule | None:
    """What the rule denies if its condition holds; None if it denies nothing."""
    try:
        found: dict[str, Any] = msgspec.json.decode(body, type=dict[str, Any])
        if "when" not in found:
            raise ValueError("it is not the condition that cannot be used")
        rest = {key: value for key, value in found.items() if key not in ("when", "allow")}
        read_rule(msgspec.json.encode({**found, "when": ""}))
        return read_rule(msgspec.json.encode(rest)) if rest.get("deny") else None
    except ValueError:
        return Rule(deny=("*",))
