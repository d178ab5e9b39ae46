"""Results of calls, held against what the settings of their server allow; however a result comes, it comes by here."""

from msgspec import Raw

from trigate.core.errors import UpstreamFailed
from trigate.mcp.ask import Ask
from trigate.mcp.bulk import bound
from trigate.mcp.conversion import identified
from trigate.mcp.envelope import Members, encode, members
from trigate.mcp.fault import INTERNAL_ERROR, ServerFailed
from trigate.mcp.inspection import check_result
from trigate.mcp.link import keep_readable
from trigate.mcp.task import Task
from trigate.mcp.upstream import Upstream


def admit(upstream: Upstream, ask: Ask, found: Members) -> None:
    """Cut what is too large, check what is structured, and name servers in addresses; raises UpstreamFailed."""
    size = sum(map(len, found.values()))
    if size > upstream.largest:
        bound(ask, found, size, upstream)
    if ask.name == "tools/call" and upstream.settings.check == "all":
        check_result(upstream, ask, found)
    if ask.view.several:
        keep_readable(ask, upstream, found)


def admit_task(upstream: Upstream, ask: Ask, task: Task, state: Members) -> None:
    """The same for the result in a task's state, if there is one; one that is not admitted is the task's failure."""
    raw = state.get("result")
    if raw is None:
        return
    call = Ask(ask.view, ask.era, ask.version, name="tools/call", server=task.server, subject=task.tool)
    try:
        found = _members(upstream, raw)
        admit(upstream, call, found)
    except UpstreamFailed as error:
        del state["result"]
        told = {"code": INTERNAL_ERROR, "message": error.message, "data": {"code": error.code}}
        state["status"], state["error"] = Raw(b'"failed"'), Raw(encode(told))
        return
    if "_meta" in found:
        found["_meta"] = identified(bytes(found["_meta"]))
    state["result"] = Raw(encode(found))


def _members(upstream: Upstream, raw: Raw) -> Members:
    try:
        return members(raw)
    except ValueError:
        raise upstream.blamed(ServerFailed("the result of its task is none")) from None
