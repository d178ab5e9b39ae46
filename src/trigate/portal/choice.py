"""Which of the tools that a client asks for a person lets it use."""

from collections.abc import Callable, Mapping, Sequence

from trigate.core.errors import BadRequest
from trigate.policy.offer import scope_of
from trigate.policy.scope import KINDS, covers
from trigate.portal.resource import Resource
from trigate.portal.sheet import Html, fill, join

MOST = 50
"""Tools that can be chosen one by one; as many fit into a form and into a token."""
FIELD, SOME, PREFIX = "tools", "some", "tool-"
Known = Callable[[str], Sequence[str]]
"""The tools of a server, as far as they are known."""


def choices(resource: Resource, scope: str, known: Known) -> list[str]:
    """The tools, as `SERVER/TOOL`, that are shown at an endpoint and opened by what is asked for."""
    held = scope.split()
    return [
        f"{server}/{tool}"
        for server in resource.servers
        for tool in known(server)
        if (resource.shows is None or resource.shows(server, tool)) and covers(held, scope_of(server, tool))
    ]


def show_choices(found: Sequence[str]) -> Html:
    """The part of a form with which they are chosen; empty if there is nothing to choose from."""
    if not found:
        return Html("")
    boxes = [
        fill("choice", field=f"{PREFIX}{number}", place=each, name=_words(each))
        for number, each in enumerate(found[:MOST])
    ]
    more = len(found) - MOST
    rest = fill("beyond", number=str(more)) if more > 0 else Html("")
    return fill("choices", boxes=join(boxes), rest=rest)


def chosen_scope(scope: str, form: Mapping[str, str]) -> str:
    """What the person grants of what was asked for; raises BadRequest for what was not asked for, and for nothing."""
    if form.get(FIELD) != SOME:
        return scope
    held = scope.split()
    kept = [each for each in held if each != KINDS["tool"] and not each.startswith(f"{KINDS['tool']}:")]
    for name, place in form.items():
        if name.startswith(PREFIX):
            server, _, tool = place.partition("/")
            wanted = scope_of(server, tool)
            if not wanted or not covers(held, wanted):
                raise BadRequest("a tool was chosen that the client has not asked for: begin again at the client")
            kept.append(wanted)
    if not kept:
        raise BadRequest("no tool was chosen: go back and choose one, or refuse")
    return " ".join(dict.fromkeys(kept))


def _words(place: str) -> str:
    server, _, tool = place.partition("/")
    return f"{tool} of {server}"
