"""The lane as callers see it: addresses, asks, answers, fallback."""

import asyncio

import msgspec
import pytest

from tests.llm.scene import CHAT, JSON, KEY, Reply, Scene, answers, fails, settings
from trigate.core.errors import StreamBroken, UpstreamTimeout, UpstreamUnreachable
from trigate.llm.settings import Model

ASK = {"model": "fast", "messages": [{"role": "user", "content": "hi"}]}
COMPLETION = {
    "id": "chatcmpl-1",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}],
    "usage": {
        "prompt_tokens": 100,
        "completion_tokens": 30,
        "total_tokens": 130,
        "prompt_tokens_details": {"cached_tokens": 40},
        "completion_tokens_details": {"reasoning_tokens": 10},
    },
}


async def test_a_completion_passes_with_its_bytes_unchanged_and_its_usage_read():
    body = msgspec.json.format(msgspec.json.encode(COMPLETION), indent=3)
    scene = await Scene(answers(body)).ask(ASK)
    assert scene.status == 200
    assert scene.body == body
    assert scene.headers[b"content-length"] == b"%d" % len(body)
    usage = scene.usage
    assert (usage.input_tokens, usage.cache_read_tokens, usage.cache_write_tokens) == (60, 40, 0)
    assert (usage.output_tokens, usage.reasoning_tokens) == (20, 10)
    assert not usage.estimated
    assert (usage.bytes_in, usage.bytes_out) == (len(msgspec.json.encode(ASK)), len(body))
    assert scene.record["action"] == "llm.chat"
    assert scene.record["resource"] == "model/fast"
    assert scene.record["target"] == "openai/gpt-mini"
    assert scene.record["outcome"] == "ok"
    assert scene.client.answers[0].closed == 1


async def test_an_alias_becomes_the_targets_model_and_everything_else_stays_as_it_was():
    ask = b'{"messages":[{"role":"user","content":"\\u00e9 1.0e5"}],"model":"fast","x_new":1.00,"user":null}'
    scene = await Scene(answers(COMPLETION)).ask(ask)
    assert scene.client.sent[0][3] == ask.replace(b'"fast"', b'"gpt-mini"')
    assert scene.client.sent[0][1] == b"/v1/chat/completions"


@pytest.mark.parametrize("path", [CHAT, b"/openai" + CHAT])
async def test_both_prefixes_lead_to_the_same_place(path: bytes):
    scene = await Scene(answers(COMPLETION)).ask(ASK, path)
    assert scene.status == 200


async def test_any_model_of_a_provider_is_found_by_the_providers_name():
    scene = await Scene(answers(COMPLETION)).ask({**ASK, "model": "other/meta/llama-4"})
    assert scene.upstream["model"] == "meta/llama-4"
    assert scene.record["resource"] == "model/other/meta/llama-4"
    assert scene.client.sent[0][0] == "http://127.0.0.1:9/v1"


async def test_the_callers_credentials_stay_and_the_providers_go():
    headers = [
        *JSON,
        (b"authorization", b"Bearer caller-secret"),
        (b"x-api-key", b"caller-secret"),
        (b"api-key", b"caller-secret"),
        (b"cookie", b"caller-secret"),
        (b"openai-organization", b"caller-secret"),
        (b"x-stainless-lang", b"python"),
        (b"x-forwarded-for", b"10.0.0.1"),
        (b"accept-encoding", b"gzip"),
        (b"openai-beta", b"assistants=v2"),
        (b"traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        (b"x-request-id", b"mine-7"),
    ]
    scene = await Scene(answers(COMPLETION)).ask(ASK, headers=headers)
    assert scene.client.sent[0][2] == {
        b"content-type": b"application/json",
        b"accept": b"application/json",
        b"accept-encoding": b"identity",
        b"user-agent": b"trigate",
        b"authorization": f"Bearer {KEY}".encode(),
        b"openai-organization": b"org-canary",
        b"x-request-id": b"mine-7",
        b"openai-beta": b"assistants=v2",
        b"traceparent": b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    }
    assert scene.edge.extra == b"x-request-id: mine-7\r\n"


async def test_the_answers_fields_pass_by_name():
    headers = [
        *JSON,
        (b"x-request-id", b"req_up"),
        (b"openai-processing-ms", b"12"),
        (b"openai-organization", b"org-canary"),
        (b"x-ratelimit-remaining-requests", b"9"),
        (b"set-cookie", b"__cf_bm=1"),
        (b"server", b"cloudflare"),
    ]
    scene = await Scene(answers(COMPLETION, headers=headers)).ask(ASK)
    assert scene.edge.extra == b"x-request-id: %b\r\n" % scene.record["request_id"].encode()
    assert {name for name, _ in scene.heads[0].headers} == {
        b"content-type",
        b"content-length",
        b"x-upstream-request-id",
        b"openai-processing-ms",
        b"x-ratelimit-remaining-requests",
    }


@pytest.mark.parametrize(
    "failure",
    [
        fails(UpstreamUnreachable("nobody there")),
        fails(UpstreamTimeout("too slow")),
        answers({"error": {}}, 429),
        answers({"error": {}}, 503),
        answers({"error": {}}, 401),
        Reply(200, JSON, b'{"id', StreamBroken("reset")),
        Reply(200, [*JSON, (b"content-encoding", b"gzip")], b"\x1f\x8b"),
    ],
    ids=["unreachable", "timeout", "limit", "server error", "credential", "broken body", "compressed"],
)
async def test_the_next_target_takes_over(failure: Reply):
    scene = await Scene(failure, answers(COMPLETION)).ask({**ASK, "model": "smart"})
    assert scene.status == 200
    assert scene.record["target"] == "other/llama"
    assert scene.record["attempts"] == 2
    assert scene.upstream["model"] == "llama"
    assert "authorization" not in str(scene.client.sent[1][2])


async def test_a_fault_of_the_ask_is_not_tried_elsewhere():
    scene = await Scene(answers({"error": {"message": "bad"}}, 400)).ask({**ASK, "model": "smart"})
    assert scene.status == 400
    assert scene.record["attempts"] == 1


async def test_the_last_targets_refusal_is_passed_on():
    refusal = {"error": {"message": "slow down", "type": "tokens", "param": None, "code": "rate_limit_exceeded"}}
    second = answers(refusal, 429, [*JSON, (b"retry-after", b"7"), (b"retry-after-ms", b"6500")])
    scene = await Scene(fails(UpstreamUnreachable("gone")), second).ask({**ASK, "model": "smart"})
    assert scene.status == 429
    assert scene.json == refusal
    assert scene.headers[b"retry-after"] == b"7"
    assert scene.headers[b"retry-after-ms"] == b"6500"
    assert scene.record["status"] == 429


async def test_an_unknown_model_is_answered_as_openai_does():
    scene = await Scene().ask({**ASK, "model": "gpt-9"})
    assert scene.status == 404
    assert scene.error["code"] == "model_not_found"
    assert scene.error["param"] == "model"
    assert scene.error["type"] == "invalid_request_error"
    assert scene.record["outcome"] == "model.not_found"
    assert scene.client.sent == []


async def test_a_provider_without_a_model_is_no_model():
    assert (await Scene().ask({**ASK, "model": "openai/"})).status == 404
    assert (await Scene().ask({**ASK, "model": "openai"})).status == 404


async def test_a_key_without_this_lane_is_refused_before_anything_is_sent():
    scene = await Scene(lanes=frozenset({"api"})).ask(ASK)
    assert scene.status == 403
    assert scene.error["code"] == "access.denied"
    assert scene.client.sent == []


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        (b"GET", CHAT, b"POST"),
        (b"DELETE", b"/openai/v1/embeddings", b"POST"),
        (b"POST", b"/v1/models", b"GET, HEAD"),
        (b"DELETE", b"/v1/models/smart", b"GET, HEAD"),
    ],
)
async def test_a_wrong_method_is_told_the_right_one(method: bytes, path: bytes, allow: bytes):
    scene = await Scene().ask(b"", path, method)
    assert scene.status == 405
    assert scene.headers[b"allow"] == allow
    assert scene.error["code"] == "route.method_not_allowed"


@pytest.mark.parametrize("path", [b"/v1/other", b"/v1/chat/completions/", b"/openai/v1", b"/v1/modelsx", b"/V1/models"])
async def test_other_addresses_are_not_this_lanes(path: bytes):
    scene = await Scene().ask(ASK, path)
    assert scene.status == 404
    assert scene.headers[b"content-type"] == b"application/problem+json"


@pytest.mark.parametrize(
    "headers",
    [
        [(b"content-type", b"text/plain")],
        [(b"content-type", b"application/x-www-form-urlencoded")],
        [*JSON, (b"content-encoding", b"gzip")],
    ],
)
async def test_a_body_that_is_not_plain_json_is_refused(headers: list[tuple[bytes, bytes]]):
    scene = await Scene().ask(ASK, headers=headers)
    assert scene.status == 415


@pytest.mark.parametrize("headers", [[], [(b"content-type", b"Application/JSON; charset=utf-8")]])
async def test_json_by_another_name_is_accepted(headers: list[tuple[bytes, bytes]]):
    assert (await Scene(answers(COMPLETION)).ask(ASK, headers=headers)).status == 200


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (b"", None),
        (b"[]", None),
        (b'{"model":"fast","model":"smart"}', None),
        (b'{"model":"fast","Stream":true}', None),
        (b"{}", "model"),
        (b'{"model":7}', "model"),
        (b'{"model":null}', "model"),
        (b'{"model":""}', "model"),
        (b'{"model":"a\\u0000b"}', "model"),
        (b'{"model":"fast","stream":"yes"}', "stream"),
        (b'{"model":"fast","stream":true,"stream_options":[]}', "stream_options"),
        (b'{"model":"fast","stream":true,"stream_options":{"include_usage":1}}', "stream_options"),
        (
            b'{"model":"fast","stream":true,"stream_options":{"include_usage":false,"include_usage":true}}',
            "stream_options",
        ),
        (b'{"model":"' + b"x" * 300 + b'"}', "model"),
    ],
)
async def test_an_ask_that_cannot_be_understood_is_refused(body: bytes, param: str | None):
    scene = await Scene().ask(body)
    assert scene.status == 400
    assert scene.error["type"] == "invalid_request_error"
    assert scene.error["param"] == param
    assert scene.client.sent == []


async def test_embeddings_pass_verbatim():
    ask = b'{"input":["a"],"model":"fast","encoding_format":null,"dimensions":3}'
    answer = b'{"object":"list","data":[{"embedding":"AAAA"}],"usage":{"prompt_tokens":2,"total_tokens":2}}'
    scene = await Scene(answers(answer)).ask(ask, b"/v1/embeddings")
    assert scene.body == answer
    assert scene.client.sent[0][3] == ask.replace(b"fast", b"gpt-mini")
    assert scene.client.sent[0][1] == b"/v1/embeddings"
    assert scene.record["action"] == "llm.embeddings"
    assert scene.usage.input_tokens == 2
    assert not scene.usage.estimated


@pytest.mark.parametrize(
    "usage",
    [None, {"prompt_tokens": -1}, {"prompt_tokens": "many"}, {"prompt_tokens": 1e30}, {}, [], {"prompt_tokens": 2**60}],
)
async def test_absurd_usage_is_replaced_by_an_estimate_and_the_answer_passes(usage: object):
    scene = await Scene(answers({**COMPLETION, "usage": usage})).ask(ASK)
    assert scene.status == 200
    assert scene.usage.estimated
    assert scene.usage.input_tokens > 0
    assert scene.usage.output_tokens > 0


async def test_a_success_that_is_no_answer_is_none():
    scene = await Scene(answers(b"plain words", headers=[(b"content-type", b"text/plain")])).ask(ASK)
    assert scene.status == 502
    assert scene.error["code"] == "upstream.protocol"


async def test_a_caller_who_leaves_ends_the_call_upstream_and_is_still_counted():
    reply = answers(COMPLETION)
    reply.thinks = asyncio.Event()
    scene = Scene(reply)
    asking = asyncio.get_running_loop().create_task(scene.ask(ASK))
    while not scene.client.sent:
        await asyncio.sleep(0)
    scene.edge.leave(asking)
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert scene.record["outcome"] == "caller.left"
    assert scene.usage.estimated
    assert scene.edge.aborted == 1


async def test_without_providers_there_is_nothing_but_the_empty_catalogue():
    llm = settings(providers={}, models={})
    assert (await Scene(llm=llm).ask(ASK)).status == 404
    assert (await Scene(llm=llm).ask(b"", b"/v1/models", b"GET")).json == {"object": "list", "data": []}


async def test_a_model_may_name_the_same_target_twice():
    llm = settings(models={"again": Model(targets=["openai/a", "openai/a"])})
    scene = await Scene(answers({}, 500), answers(COMPLETION), llm=llm).ask({**ASK, "model": "again"})
    assert scene.status == 200
