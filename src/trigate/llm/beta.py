"""Features under trial that callers ask for by name: in a header field, or in the body where a dialect has it there."""

import re

from trigate.llm.conversation import Conversation
from trigate.llm.loss import Losses
from trigate.llm.word import word

ON_BEDROCK = "bedrock_converse"
"""The dialect beside Anthropic's own whose callers name Anthropic's features."""
BEDROCK = frozenset(
    {
        "computer-use-2024-10-22", "computer-use-2025-01-24", "computer-use-2025-11-24", "context-1m-2025-08-07",
        "context-management-2025-06-27", "dev-full-thinking-2025-05-14", "effort-2025-11-24",
        "interleaved-thinking-2025-05-14", "output-128k-2025-02-19", "token-efficient-tools-2025-02-19",
        "tool-examples-2025-10-29", "tool-search-tool-2025-10-19",
    }
)  # fmt: skip
"""Those of Anthropic's that Bedrock knows; any other has it refuse the ask.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages-request-response.html
"""
_SAID_OTHERWISE = frozenset(
    {
        # these let the body say something, whose own fate is told
        "advanced-tool-use", "code-execution", "compact", "computer-use", "context-management", "effort",
        "extended-cache-ttl", "files-api", "mcp-client", "output-128k", "pdfs", "prompt-caching", "search-results",
        "skills", "structured-outputs", "tool-examples", "tool-search-tool", "web-fetch", "web-search",
        # these other models do, or have nothing to do with
        "claude-code", "context-1m", "fine-grained-tool-streaming", "interleaved-thinking", "token-efficient-tools",
    }
)  # fmt: skip
"""Names, without their dates, whose absence loses nothing before a model that is not Claude."""
_DATE = re.compile(r"-\d{4}-?\d{2}-?\d{2}$")
_FIELD = re.compile(rb"(?:^|\r\n)(?:anthropic|openai)-beta: ([^\r]*)")


def read_betas(lines: bytes) -> list[str]:
    """The names in header field lines."""
    found = _FIELD.search(lines)
    names = found[1].decode("latin-1").split(",") if found else []
    return [each for name in names if (each := name.strip())]


def write_betas(conversation: Conversation) -> bytes:
    """The header field line of Anthropic's API for those of Claude's callers on Bedrock; empty if there are none."""
    names = [each for each in conversation.betas if each.isascii() and each.isprintable()]
    if not names or conversation.dialect != ON_BEDROCK:
        return b""
    return b"anthropic-beta: %b\r\n" % ",".join(names).encode()


def drop_betas(conversation: Conversation, losses: Losses, known: frozenset[str] = frozenset()) -> list[str]:
    """Those that are in `known`; of the others it is told what is lost with them."""
    for each in conversation.betas:
        if each not in known and _DATE.sub("", each) not in _SAID_OTHERWISE:
            losses.drop(word(conversation.dialect, "betas", each))
    return [each for each in conversation.betas if each in known]
