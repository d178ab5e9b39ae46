"""What servers of 2026-07-28 say of tasks (`notifications/tasks`), told to the callers whose tasks they are."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import DecodeError, Raw

from trigate.core.action import Action
from trigate.mcp.ask import Ask
from trigate.mcp.envelope import encode, members
from trigate.mcp.fault import Fault
from trigate.mcp.listening.listener import Listener
from trigate.mcp.listening.news import News, task_wish
from trigate.mcp.outcome import admit_task
from trigate.mcp.task import ID, Tasks

if TYPE_CHECKING:
    from trigate.mcp.listening.scene import Scene

_USE = "mcp.tools.call"


def follow_tasks(tasks: Tasks, scene: "Scene", listener: Listener, ids: Sequence[str]) -> list[str]:
    """Have a caller hear of its tasks; gives those of which it will. Nothing is said of what is not its own."""
    followed: list[str] = []
    for shown in dict.fromkeys(ids):
        task = tasks.find(listener.exchange, listener.view, shown)
        if task is not None and task.server in scene.upstreams:
            place = task.server, task_wish(task.id)
            listener.uris[place], listener.tasks[place] = shown, task
            followed.append(shown)
    return followed


def tell_task(scene: "Scene", news: News) -> None:
    """Hand on what is said of a task, under its caller's id, with its result held against what holds for calls.

    What a task asks is not handed on here, but told by `tasks/get`, where rules and records see it.
    """
    place = news.server, news.uri
    for listener in list(scene.listeners):
        task = listener.tasks.get(place)
        if task is None or not listener.view.shows(task.server, "tool", task.tool):
            continue
        if not scene.may(listener.exchange, Action(_USE, task.resource)):
            continue
        try:
            state = members(news.state)
        except (DecodeError, Fault):
            return
        state.pop("inputRequests", None)
        state[ID] = Raw(encode(listener.uris[place]))
        admit_task(scene.upstreams[news.server], Ask(listener.view, "modern"), task, state)
        listener.say_task(state)
