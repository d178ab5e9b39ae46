"""Which kind of failure it was, told by what providers say."""

import pytest

from trigate.core.errors import (
    CredentialFailed,
    EgressDenied,
    InternalError,
    Overloaded,
    PriceUnknown,
    RateReached,
    StreamBroken,
    UpstreamFailed,
    UpstreamProtocolError,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from trigate.llm.chat_dialects import find_chat_dialect
from trigate.llm.error import InvalidParameter, NotOffered, NotPortable
from trigate.llm.fault import CULPRITS, PASSING, blamed, fault_of, read_fault


def openai(code: str, message: str) -> bytes:
    return b'{"error":{"message":"%b","type":"invalid_request_error","param":null,"code":"%b"}}' % (
        message.encode(),
        code.encode(),
    )


def anthropic(kind: str, message: str) -> bytes:
    return b'{"type":"error","error":{"type":"%b","message":"%b"}}' % (kind.encode(), message.encode())


def gemini(status: str, message: str) -> bytes:
    return b'{"error":{"code":400,"message":"%b","status":"%b"}}' % (message.encode(), status.encode())


@pytest.mark.parametrize(
    ("dialect", "status", "body", "fault"),
    [
        ("openai_chat", 400, openai("context_length_exceeded", "too long"), "context_window"),
        ("openai_responses", 400, openai("context_length_exceeded", "too long"), "context_window"),
        ("openai_chat", 400, openai("", "This model's maximum context length is 8192 tokens."), "context_window"),
        ("openai_chat", 400, b'{"message":"This model\'s maximum context length is 4096 tokens."}', "context_window"),
        ("openai_chat", 400, openai("exceed_context_size_error", "no"), "context_window"),
        ("openai_chat", 400, openai("400", "This model's maximum prompt length is 131072"), "context_window"),
        (
            "anthropic_messages",
            400,
            anthropic("invalid_request_error", "prompt is too long: 2 tokens > 1 maximum"),
            "context_window",
        ),
        (
            "anthropic_messages",
            400,
            anthropic("invalid_request_error", "input length and `max_tokens` exceed context limit: 1 + 2 > 2"),
            "context_window",
        ),
        (
            "anthropic_messages",
            413,
            anthropic("request_too_large", "Request exceeds the maximum size"),
            "context_window",
        ),
        (
            "gemini_content",
            400,
            gemini("INVALID_ARGUMENT", "The input token count (9) exceeds the maximum number of tokens allowed (8)."),
            "context_window",
        ),
        ("bedrock_converse", 400, b'{"message":"Input is too long for requested model."}', "context_window"),
        (
            "cohere_chat",
            400,
            b'{"message":"too many tokens: total number of tokens in the prompt cannot exceed 4081"}',
            "context_window",
        ),
        (
            "openai_chat",
            422,
            openai("", "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097"),
            "context_window",
        ),
        ("openai_chat", 400, openai("content_filter", "no"), "content_policy"),
        (
            "openai_chat",
            400,
            openai("", "Your request was rejected as a result of our safety system."),
            "content_policy",
        ),
        ("openai_chat", 403, openai("", "Content violates usage guidelines."), "content_policy"),
        (
            "anthropic_messages",
            400,
            anthropic("invalid_request_error", "Output blocked by content filtering policy"),
            "content_policy",
        ),
        ("cohere_chat", 400, b'{"message":"blocked output: please adjust your prompt"}', "content_policy"),
        ("openai_chat", 429, openai("rate_limit_exceeded", "Rate limit reached for context window"), "rate_limit"),
        ("openai_chat", 413, openai("rate_limit_exceeded", "Request too large for tokens per minute"), "rate_limit"),
        ("openai_chat", 429, openai("insufficient_quota", "You exceeded"), "quota"),
        (
            "anthropic_messages",
            400,
            anthropic("invalid_request_error", "Your credit balance is too low to access"),
            "quota",
        ),
        ("openai_chat", 402, openai("", "Insufficient Balance"), "quota"),
        ("gemini_content", 429, gemini("RESOURCE_EXHAUSTED", "Quota exceeded for metric"), "rate_limit"),
        (
            "gemini_content",
            429,
            gemini(
                "RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan and billing details."
            ),
            "quota",
        ),
        ("bedrock_converse", 429, b'{"message":"Too many requests"}', "rate_limit"),
        ("bedrock_converse", 400, b'{"__type":"ServiceQuotaExceededException","message":"no"}', "rate_limit"),
        ("gemini_content", 400, gemini("INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."), "key"),
        ("openai_chat", 401, openai("invalid_api_key", "Incorrect API key provided"), "key"),
        ("anthropic_messages", 403, anthropic("permission_error", "Your API key does not have permission"), "key"),
        ("openai_chat", 404, openai("model_not_found", "no"), "model"),
        ("anthropic_messages", 404, anthropic("not_found_error", "model: claude-9"), "model"),
        ("openai_chat", 404, b'{"error":"model \\"x\\" not found, try pulling it first"}', "model"),
        ("openai_chat", 404, openai("", "No such file"), "bad_request"),
        ("anthropic_messages", 529, anthropic("overloaded_error", "Overloaded"), "overloaded"),
        ("openai_chat", 503, b"<html>", "overloaded"),
        ("openai_chat", 500, openai("", "prompt is too long"), "server"),
        ("openai_chat", 524, b"", "server"),
        ("openai_chat", 504, b"", "timeout"),
        ("openai_chat", 302, b"", "server"),
        ("openai_chat", 400, openai("invalid_value", "no"), "bad_request"),
        ("openai_chat", 418, b"", "bad_request"),
    ],
)
def test_a_refusal_is_told_by_its_status_and_its_words(dialect: str, status: int, body: bytes, fault: str):
    refused = find_chat_dialect(dialect).read_refused(status, body)
    assert read_fault(status, refused.code, refused.message) == fault


@pytest.mark.parametrize("words", ["Your credit balance is too low", "API key not valid", "insufficient_quota"])
def test_no_caller_can_accuse_a_key_by_being_quoted(words: str):
    assert read_fault(400, "invalid_value", f"Invalid value: '{words}'") == "bad_request"


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (UpstreamTimeout(""), "timeout"),
        (UpstreamUnreachable(""), "connect"),
        (UpstreamProtocolError(""), "server"),
        (UpstreamFailed(""), "server"),
        (StreamBroken(""), "server"),
        (CredentialFailed(""), "key"),
        (EgressDenied(""), "gateway"),
        (NotOffered(""), "model"),
        (NotPortable(""), "model"),
        (RateReached(""), "limit"),
        (PriceUnknown(""), "limit"),
        (Overloaded(""), "overloaded"),
        (InvalidParameter("", "model"), "bad_request"),
        (InternalError(""), "gateway"),
        (blamed(UpstreamFailed(""), "quota"), "quota"),
    ],
)
def test_an_error_of_our_own_tells_by_its_class(error: UpstreamFailed, fault: str):
    assert fault_of(error) == fault


def test_nothing_that_is_the_callers_own_fault_passes_to_another_target_but_an_ask_that_is_too_long_for_one():
    assert {fault for fault in PASSING if CULPRITS[fault] == "caller"} == {"context_window", "limit"}
