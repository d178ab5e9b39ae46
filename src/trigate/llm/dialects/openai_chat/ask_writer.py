"""The body for a provider, written."""

from typing import Any

from trigate.llm.beta import drop_betas
from trigate.llm.chat_dialect import Manners
from trigate.llm.conversation import Conversation, OutputForm
from trigate.llm.dialects.openai_chat.draft import Draft
from trigate.llm.dialects.openai_chat.part_writer import Written, merge
from trigate.llm.dialects.openai_chat.reasoning import write_reasoning
from trigate.llm.dialects.openai_chat.tool_writer import write_tools
from trigate.llm.dialects.openai_chat.turn_writer import write_turns
from trigate.llm.dialects.openai_chat.word import KIN
from trigate.llm.loss import Losses
from trigate.llm.output_bound import LEGACY

_MOST_STOPS = 4
_KINDRED = {
    **{name: name for name in ("prompt_cache_retention", "prompt_cache_options", "moderation")},
    "text.verbosity": "verbosity",
}
"""Members of OpenAI's other dialect that this one has, too."""
_TIERS = {"standard_only": "default", "standard": "default"}
_KNOWN_TIERS = frozenset({"auto", "default", "flex", "scale", "priority", "fast"})


def write_ask(conversation: Conversation, manners: Manners, losses: Losses) -> dict[str, Any]:
    """What the target cannot be told goes into `losses`."""
    draft = Draft(conversation, manners, losses)
    body: Written = {"model": manners.model, "messages": write_turns(draft, conversation.turns)}
    write_tools(draft, body)
    write_reasoning(draft, body)
    if conversation.output is not None:
        body["response_format"] = _write_output(draft, conversation.output)
    _write_bound(draft, body)
    _write_sampling(draft, body)
    _write_user(draft, body)
    _write_account(draft, body)
    _write_extra(draft, body)
    _write_stream(draft, body)
    return body


def _write_stream(draft: Draft, body: Written) -> None:
    body.update({name: draft.conversation.form[name] for name in ("stream",) if name in draft.conversation.form})
    if not draft.conversation.streamed:
        return
    body["stream"] = True
    if draft.manners.counts_streams:
        body["stream_options"] = {**body.get("stream_options", {}), "include_usage": True}


def _write_output(draft: Draft, output: OutputForm) -> Written:
    if output.schema is None:
        return {"type": "json_object", **draft.kept("output", output.extra)}
    inner: Written = {"name": output.name or "answer", "schema": output.schema}
    if output.description:
        inner["description"] = output.description
    if output.strict is not None:
        inner["strict"] = output.strict
    return merge({"type": "json_schema", "json_schema": inner}, draft.kept("output", output.extra))


def _write_bound(draft: Draft, body: Written) -> None:
    most, field = draft.conversation.most_output, draft.manners.max_tokens_field
    if most is None:
        return
    bounds: dict[str, int] = draft.conversation.form.get("bounds", {}) if draft.own else {}
    if bounds and most < min(bounds.values()):
        bounds = dict.fromkeys(bounds, most)  # a limit leaves less
    if not bounds or (field == LEGACY and LEGACY not in bounds):
        bounds = {**bounds, field: most}
    body.update(bounds)


def _write_sampling(draft: Draft, body: Written) -> None:
    asked = draft.conversation
    said = {
        "temperature": asked.temperature,
        "top_p": asked.top_p,
        "seed": asked.seed,
        "frequency_penalty": asked.frequency_penalty,
        "presence_penalty": asked.presence_penalty,
        "n": asked.choices,
        "logprobs": asked.logprobs,
        "top_logprobs": asked.top_logprobs,
    }
    body.update({name: value for name, value in said.items() if value is not None})
    if asked.top_k is not None:
        if draft.allows("top_k"):
            body["top_k"] = asked.top_k
        else:
            draft.drop("top_k")
    _write_stop(draft, body)


def _write_stop(draft: Draft, body: Written) -> None:
    stop = draft.conversation.stop
    if len(stop) > _MOST_STOPS and not draft.own:
        draft.degrade("stop", f"the first {_MOST_STOPS} of {len(stop)}")
        stop = stop[:_MOST_STOPS]
    if stop:
        body["stop"] = stop[0] if draft.own and draft.conversation.form.get("stop") == "text" else stop


def _write_user(draft: Draft, body: Written) -> None:
    if draft.conversation.user:
        names = draft.conversation.form.get("user", ["user"]) if draft.own else ["user"]
        body.update(dict.fromkeys(names, draft.conversation.user))


def _write_account(draft: Draft, body: Written) -> None:
    asked = draft.conversation
    if asked.metadata is not None and draft.allows("metadata"):
        body["metadata"] = asked.metadata
    elif asked.metadata:
        draft.drop("metadata", why="providers take it for answers alone that they keep")
    if asked.service_tier:
        tier = asked.service_tier if draft.own else _TIERS.get(asked.service_tier, asked.service_tier)
        if draft.own or tier in _KNOWN_TIERS:
            body["service_tier"] = tier
        else:
            draft.drop("service_tier")
    if asked.cache_key:
        body["prompt_cache_key"] = asked.cache_key
    drop_betas(asked, draft.losses)


def _write_extra(draft: Draft, body: Written) -> None:
    asked = draft.conversation
    if draft.own:
        body.update(
            {name: asked.form[name] for name in ("modalities", "store", "response_format") if name in asked.form}
        )
        body.update(asked.extra)
        return
    kindred = _KINDRED if asked.dialect == KIN else {}
    body.update({kindred[name]: value for name, value in asked.extra.items() if name in kindred})
    draft.losses.drop_extra("", {name: value for name, value in asked.extra.items() if name not in kindred})
