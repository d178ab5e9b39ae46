"""Records as the spine writes them, for the tests of what reads them."""

import json
from typing import Any

DAY = 86_400 * 10**9


def record(id: str, *, time: int = 5 * DAY, cost: int = 0, **more: Any) -> bytes:
    """One record of a model call by key `ci` of team `a`; `usage` and others may be given."""
    usage = {"input_tokens": 10, "output_tokens": 5, "cost": cost} | more.pop("usage", {})
    members = {
        "time": time, "id": id, "exchange": id, "request_id": "theirs", "lane": "llm", "route": "", "method": "POST",
        "path": "/v1/chat/completions", "peer": "127.0.0.1", "key": "ci", "team": "a", "action": "llm.chat",
        "resource": "model/gpt", "outcome": "ok", "status": 200, "duration": 1500, "first_byte": 900,
        "target": "openai/gpt", "attempts": 1, "usage": usage,
    }  # fmt: skip
    return json.dumps(members | more).encode()


def charge(amount: int, cell: str = "budget/team=a", start: int = 0, end: int = 10 * DAY) -> dict[str, Any]:
    """What a record says of one budget."""
    return {"cell": cell, "start": start, "end": end, "amount": amount}
