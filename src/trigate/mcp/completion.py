"""References in `completion/complete`: which server they point to, and the same reference in that server's words."""

from msgspec import Raw

from trigate.mcp.ask import Ask
from trigate.mcp.envelope import encode, read_object, read_text
from trigate.mcp.fault import INVALID_PARAMS, Fault

_MEMBERS = {"ref/prompt": ("prompt", "name"), "ref/resource": ("resource", "uri")}


def reference(ask: Ask) -> tuple[str, str]:
    """Kind and shown name of what is to be completed; raises Fault."""
    raw = ask.params.get("ref")
    if raw is None:
        raise Fault(INVALID_PARAMS, "`ref` is missing")
    ref = read_object(raw, "ref")
    kind = read_text(ref.get("type"), "ref.type")
    if kind not in _MEMBERS:
        raise Fault(INVALID_PARAMS, "`ref.type` is ref/prompt or ref/resource")
    singular, member = _MEMBERS[kind]
    return singular, read_text(ref.get(member), f"ref.{member}")


def own_reference(ask: Ask) -> Raw:
    """The reference as the server knows it."""
    ref = read_object(ask.params["ref"], "ref")
    for member in ("name", "uri"):
        if member in ref:
            ref[member] = Raw(encode(ask.subject))
    return Raw(encode(ref))
