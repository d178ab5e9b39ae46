"""`generationConfig`: how a Gemini answer is to be made."""

from typing import Any

from trigate.llm.conversation import Conversation, OutputForm, Reasoning
from trigate.llm.dialects.gemini_content.schema import json_schema
from trigate.llm.dialects.gemini_content.spelling import read_below
from trigate.llm.node import Node, blame_caller

JSON_TYPE = "application/json"
EFFORTS = frozenset({"minimal", "low", "medium", "high", "xhigh", "max"})


def read_options(node: Node, conversation: Conversation) -> None:
    """Take `generationConfig` of a body."""
    config = read_below(node, "generationConfig", blame_caller)
    if config is None:
        return
    _read_sampling(config, conversation)
    _read_output(config, conversation)
    thinking = read_below(config, "thinkingConfig", blame_caller)
    if thinking is not None:
        conversation.reasoning = _reasoning(thinking, conversation.form)
    conversation.extra |= {f"generationConfig.{name}": value for name, value in config.rest().items()}


def _read_sampling(config: Node, conversation: Conversation) -> None:
    conversation.most_output = config.integer("maxOutputTokens")
    conversation.temperature = config.number("temperature")
    conversation.top_p = config.number("topP")
    conversation.top_k = config.integer("topK")
    conversation.seed = config.integer("seed")
    conversation.frequency_penalty = config.number("frequencyPenalty")
    conversation.presence_penalty = config.number("presencePenalty")
    conversation.stop = config.texts("stopSequences")
    conversation.choices = config.integer("candidateCount")
    conversation.logprobs = config.flag("responseLogprobs")
    conversation.top_logprobs = config.integer("logprobs")


def _read_output(config: Node, conversation: Conversation) -> None:
    written, schema = config.take("responseSchema"), config.take("responseJsonSchema")
    if written is not None and schema is not None:
        config.refuse("responseSchema", "absent where there is `responseJsonSchema`")
    if written is not None:
        conversation.form["responseSchema"], schema = written, json_schema(written)
    mime = config.text("responseMimeType")
    if schema is not None or mime == JSON_TYPE:
        conversation.output = OutputForm(schema=schema)
        if mime != JSON_TYPE:
            conversation.form["responseMimeType"] = mime
    elif mime:
        conversation.extra["generationConfig.responseMimeType"] = mime


def _reasoning(node: Node, form: dict[str, Any]) -> Reasoning:
    budget, level, shown = node.integer("thinkingBudget"), node.text("thinkingLevel"), node.flag("includeThoughts")
    if budget is not None and level:
        node.refuse("thinkingBudget", "absent where there is `thinkingLevel`")
    effort = level.lower() if level.lower() in EFFORTS else ""
    extra = node.rest()
    if effort:
        form["thinkingLevel"] = level
    elif level:
        extra["thinkingLevel"] = level
    enabled = budget != 0 if budget is not None else (True if effort else None)
    return Reasoning(enabled=enabled, effort=effort, budget=budget, shown=shown, extra=extra)
