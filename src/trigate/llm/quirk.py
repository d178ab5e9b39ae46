"""What is particular to some servers that speak a dialect others speak too."""

from typing import Literal, get_args

Quirk = Literal[
    "cache_control", "enable_thinking", "extra_content", "file_url", "metadata", "no_developer_role", "no_late_system",
    "no_sampling", "no_thinking", "prompt_cache_breakpoint", "prompt_cache_breakpoints", "reasoning",
    "reasoning_content", "reasoning_details", "short_tool_ids", "thinking", "thinking_by_budget", "tool_result_names",
    "top_k", "video",
]  # fmt: skip
QUIRKS: dict[Quirk, str] = {
    "cache_control": "takes marks of the prompt cache as Anthropic writes them (`cache_control`)",
    "enable_thinking": "is told to think, or not to, by `enable_thinking`, and how much by `thinking_budget`",
    "extra_content": "wants Google's signatures of tool calls back in `extra_content`",
    "file_url": "fetches files from an address",
    "metadata": "takes `metadata`",
    "no_developer_role": "knows no role `developer`: `system` stands in its place",
    "no_late_system": "lets the system speak in the first message alone",
    "no_sampling": "refuses `temperature`, `top_p` and `top_k`",
    "no_thinking": "is told not to think by `reasoning_effort: none`",
    "prompt_cache_breakpoint": "takes marks of the prompt cache as `prompt_cache_breakpoint`",
    "prompt_cache_breakpoints": "takes such marks in OpenAI's Responses",
    "reasoning": "is told how to think by an object `reasoning`, and gives and takes back thoughts as `reasoning`",
    "reasoning_content": "gives thoughts as `reasoning_content`, and takes them back there",
    "reasoning_details": "wants thoughts and their signatures back in `reasoning_details`",
    "short_tool_ids": "demands ids of tool calls of nine letters and digits",
    "thinking": "is told to think, or not to, by `thinking`",
    "thinking_by_budget": "is told how much to think by a number of tokens, not by an effort",
    "tool_result_names": "wants the tool's name beside each result",
    "top_k": "takes `top_k`",
    "video": "takes videos as `video_url`",
}
"""Every quirk that can be named in the configuration, and what a server does that has it."""

if set(get_args(Quirk)) != QUIRKS.keys():
    raise AssertionError("a quirk is missing in one of two lists")
