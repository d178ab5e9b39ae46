"""What is read of a task, and of the refusal to do without one; the loop itself is played in test_task."""

import pytest
from msgspec import Raw

from trigate.mcp.task_loop import needs_tasks, read_older

NEEDS = b'{"code":-32021,"message":"","data":{"requiredCapabilities":%s}}'


@pytest.mark.parametrize(
    ("error", "needs"),
    [
        (NEEDS % b'{"extensions":{"io.modelcontextprotocol/tasks":{}}}', True),
        (NEEDS % b'{"extensions":{"io.modelcontextprotocol/tasks":{},"x/y":{}}}', False),
        (NEEDS % b'{"extensions":{"io.modelcontextprotocol/tasks":{}},"roots":{}}', False),
        (NEEDS % b"[]", False),
        (b'{"code":1}', False),
        (b"5", False),
    ],
)
def test_only_what_lacks_nothing_else_needs_tasks(error: bytes, needs: bool) -> None:
    assert needs_tasks(Raw(error)) is needs


def test_the_id_of_an_older_task_is_read() -> None:
    assert read_older({"task": Raw(b'{"taskId":"a","status":"working","ttl":1}')}) == "a"
    for wrong in (b"5", b"{}", b'{"taskId":5,"status":"x"}'):
        with pytest.raises(ValueError, match="cannot be read"):
            read_older({"task": Raw(wrong)})
