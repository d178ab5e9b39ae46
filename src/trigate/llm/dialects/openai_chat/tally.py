"""Usage in the dialect's own counting, where cached tokens are counted in the prompt and thoughts in the completion."""

from typing import Any

from trigate.llm.reply import Tally
from trigate.llm.token_count import Report, read_report

_TIERS = frozenset({"auto", "default", "flex", "scale", "priority", "fast"})


def read_tally(body: bytes) -> Tally | None:
    """Of a whole answer; None if it tells none, or one that cannot be true."""
    report = read_report(body)
    return None if report is None else tally_of(report)


def tally_of(report: Report) -> Tally | None:
    """What a report says, with the service that was given."""
    count = report.usage or report.count()
    tally = None if count is None else count.tally()
    if tally is not None and type(report.service_tier) is str:
        tally.service_tier = report.service_tier
    return tally


def write_usage(tally: Tally) -> dict[str, Any]:
    """`usage`."""
    prompt: dict[str, int] = {"cached_tokens": tally.cache_read, "audio_tokens": tally.audio_input}
    if written := tally.cache_write + tally.cache_write_long:
        prompt["cache_write_tokens"] = written
    return {
        "prompt_tokens": tally.prompt,
        "completion_tokens": tally.completion,
        "total_tokens": tally.prompt + tally.completion,
        "prompt_tokens_details": prompt,
        "completion_tokens_details": {"reasoning_tokens": tally.reasoning, "audio_tokens": tally.audio_output},
    }


def write_tier(tally: Tally | None) -> dict[str, Any]:
    """`service_tier`, in one of the words that clients know; empty if it is none of them."""
    tier = "default" if tally is not None and tally.service_tier == "standard" else tally.service_tier if tally else ""
    return {"service_tier": tier} if tier in _TIERS else {}
