"""Whether the answer to an ask may be kept at all."""

from typing import Any, cast

import msgspec

from trigate.llm.cache_settings import CacheSettings
from trigate.llm.member import Members
from trigate.llm.operation import Ask

ACTIONS = frozenset({"llm.chat", "llm.completions", "llm.embeddings", "llm.moderations", "llm.rerank"})
"""What is answered by words or numbers that depend on the ask alone."""
LARGEST = 2 * 2**20
"""Bytes of an ask; to tell larger ones apart takes longer than others shall wait."""
STATE = ("background", "conversation", "previous_response_id")
"""Members by which OpenAI's Responses go on from something that the provider, or the gateway, has kept."""
_TEMPERATURES = {"gemini_content": "generationConfig", "bedrock_converse": "inferenceConfig"}
"""Where the temperature stands that is no member itself."""
_decode = msgspec.json.Decoder().decode


def may_be_kept(ask: Ask, rule: CacheSettings) -> bool:
    """Whether an equal ask may get the same answer.

    It goes on from nothing, leaves nothing behind, and by the rule need not be drawn anew.
    """
    operation, members = ask.operation, ask.members
    if operation.action not in ACTIONS or len(ask.body) > LARGEST or _is_kept_there(operation.name, members):
        return False
    return rule.sampled or not operation.answers_at_length or _temperature(operation.name, members) == 0


def _is_kept_there(operation: str, members: Members) -> bool:
    """Whether somebody may refer to the answer later, or it refers to something: OpenAI keeps responses unless told
    not to, and chats only if told to."""
    if operation == "openai_responses":
        state = any(bytes(members.get(name, b"null")) not in (b"null", b"false") for name in STATE)
        return state or bytes(members.get("store", b"")) != b"false"
    return bytes(members.get("store", b"false")) not in (b"false", b"null")


def _temperature(operation: str, members: Members) -> Any:
    """None if the ask does not say."""
    within = _TEMPERATURES.get(operation)
    try:
        if within is None:
            return _decode(members.get("temperature", b"null"))
        node = _decode(members.get(within, b"null"))
    except (msgspec.DecodeError, RecursionError):
        return None
    return cast("dict[str, Any]", node).get("temperature") if isinstance(node, dict) else None
