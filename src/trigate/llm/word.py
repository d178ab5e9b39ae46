"""Where a part of the middle form stands in each dialect: so that callers read in their own words what was lost."""

_WORDS: dict[str, dict[str, str]] = {
    "openai_chat": {
        "turn": "messages",
        "part": "messages.content",
        "call": "messages.tool_calls",
        "result": "messages.content",
        "thought": "messages.reasoning_details",
        "tool": "tools.function",
        "cache": "cache_control",
        "most_output": "max_completion_tokens",
        "parallel": "parallel_tool_calls",
        "output": "response_format.json_schema",
        "reasoning": "reasoning",
        "effort": "reasoning_effort",
        "choices": "n",
        "cache_key": "prompt_cache_key",
    },
    "openai_responses": {
        "turn": "input",
        "part": "input.content",
        "call": "input.function_call",
        "result": "input.function_call_output",
        "thought": "input.reasoning",
        "tool": "tools",
        "cache": "cache_control",
        "most_output": "max_output_tokens",
        "parallel": "parallel_tool_calls",
        "output": "text.format",
        "reasoning": "reasoning",
        "effort": "reasoning.effort",
        "cache_key": "prompt_cache_key",
    },
    "anthropic_messages": {
        "turn": "messages",
        "part": "messages.content",
        "tool": "tools",
        "cache": "cache_control",
        "most_output": "max_tokens",
        "parallel": "tool_choice.disable_parallel_tool_use",
        "output": "output_config.format",
        "reasoning": "thinking",
        "effort": "output_config.effort",
        "stop": "stop_sequences",
        "user": "metadata.user_id",
        "betas": "anthropic-beta",
    },
    "gemini_content": {
        "turn": "contents",
        "part": "contents.parts",
        "tool": "tools.functionDeclarations",
        "tool_choice": "toolConfig.functionCallingConfig",
        "most_output": "generationConfig.maxOutputTokens",
        "temperature": "generationConfig.temperature",
        "top_p": "generationConfig.topP",
        "top_k": "generationConfig.topK",
        "seed": "generationConfig.seed",
        "frequency_penalty": "generationConfig.frequencyPenalty",
        "presence_penalty": "generationConfig.presencePenalty",
        "stop": "generationConfig.stopSequences",
        "choices": "generationConfig.candidateCount",
        "logprobs": "generationConfig.responseLogprobs",
        "top_logprobs": "generationConfig.logprobs",
        "output": "generationConfig.responseJsonSchema",
        "reasoning": "generationConfig.thinkingConfig",
        "effort": "generationConfig.thinkingConfig.thinkingLevel",
        "service_tier": "serviceTier",
    },
    "bedrock_converse": {
        "turn": "messages",
        "part": "messages.content",
        "tool": "toolConfig.tools.toolSpec",
        "tool_choice": "toolConfig.toolChoice",
        "cache": "cachePoint",
        "most_output": "inferenceConfig.maxTokens",
        "temperature": "inferenceConfig.temperature",
        "top_p": "inferenceConfig.topP",
        "stop": "inferenceConfig.stopSequences",
        "output": "outputConfig.textFormat",
        "reasoning": "additionalModelRequestFields.thinking",
        "metadata": "requestMetadata",
        "service_tier": "serviceTier",
    },
    "cohere_chat": {
        "turn": "messages",
        "part": "messages.content",
        "call": "messages.tool_calls",
        "tool": "tools.function",
        "most_output": "max_tokens",
        "top_p": "p",
        "top_k": "k",
        "stop": "stop_sequences",
        "output": "response_format",
        "reasoning": "thinking",
    },
}


def word(dialect: str, member: str, below: str = "") -> str:
    """The path of a member of the middle form in a dialect, such as `messages.content` for `part`.

    `below` is what follows the path: a member of a part, or `cache`, which each dialect calls by a name of its own.
    """
    words = _WORDS.get(dialect, {})
    default = words.get("part", "part") if member in {"call", "result", "thought"} else member
    path = words.get(member, default)
    return f"{path}.{words.get(below, below)}" if below else path
