"""The dialect as a whole: whatever a caller says comes through the middle form as it was."""

import json
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trigate.core.errors import BadRequest
from trigate.llm.chat_dialect import Manners
from trigate.llm.chat_dialects import CHAT_DIALECTS, find_chat_dialect
from trigate.llm.conversation import Conversation
from trigate.llm.dialects.openai_responses.dialect import DIALECT
from trigate.llm.error import InvalidParameter
from trigate.llm.loss import Losses

Json = dict[str, Any]

words = st.text(min_size=1, max_size=8)
numbers = st.integers(-5, 99)
values = st.recursive(
    st.booleans() | numbers | words,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words, inner, max_size=2),
)
unknown = st.dictionaries(st.sampled_from(["future_a", "future_b", "x-c"]), values, max_size=2)


def obj(required: Json, optional: Json | None = None) -> st.SearchStrategy[Json]:
    """An object of known members, and of some that nobody knows yet."""
    known = st.fixed_dictionaries(
        {name: one(each) for name, each in required.items()},
        optional={name: one(each) for name, each in (optional or {}).items()},
    )
    return st.builds(lambda known, more: {**more, **known}, known, unknown)


def one(value: Any) -> st.SearchStrategy[Any]:
    return value if isinstance(value, st.SearchStrategy) else st.just(value)


flags = st.booleans()
urls = st.sampled_from(
    ["https://example.com/a.png", "data:image/png;base64,iVBORw0KGgo=", "data:,x", "data:a;b;base64,x"]
)
marks = obj({"mode": "explicit"}, {"ttl": st.sampled_from(["30m", "12h"])})
marked = {"prompt_cache_breakpoint": marks}
input_texts = obj({"type": "input_text", "text": st.text(max_size=9)}, marked)
images = obj({"type": "input_image"}, {"image_url": urls, "file_id": words, "detail": words, **marked})
files = obj(
    {"type": "input_file"},
    {"file_data": urls | words, "file_id": words, "file_url": words, "filename": words, "detail": words, **marked},
)
sounds = obj(
    {"type": "input_audio", "input_audio": obj({"data": words, "format": st.sampled_from(["mp3", "wav", "x"])})}
)
strange = obj({"type": st.sampled_from(["future_piece", "input_video"])})
pieces = st.lists(input_texts | images | files | sounds | strange, max_size=3)
notes = obj({"type": "url_citation", "url": words, "title": words, "start_index": numbers, "end_index": numbers}) | obj(
    {"type": st.sampled_from(["file_citation", "file_path", "future_note"]), "file_id": words}, {"filename": words}
)
output_texts = obj(
    {"type": "output_text", "text": st.text(max_size=9)},
    {"annotations": st.lists(notes, max_size=2), "logprobs": st.just([])},
)
refusals = obj({"type": "refusal", "refusal": words})
bookkeeping = {"id": words, "status": st.sampled_from(["completed", "incomplete"])}
messages = obj(
    {"role": st.sampled_from(["user", "system", "developer"]), "content": pieces | st.text(max_size=9)},
    {"type": "message", **bookkeeping},
)
answers = obj(
    {"role": "assistant", "content": st.lists(output_texts | refusals | strange, max_size=3) | words},
    {"type": "message", "phase": words, **bookkeeping},
)
summaries = st.lists(obj({"type": st.sampled_from(["summary_text", "future_text"]), "text": words}), max_size=3)
contents = st.lists(obj({"type": st.sampled_from(["reasoning_text", "future_text"]), "text": words}), max_size=2)
thoughts = obj(
    {"type": "reasoning", "summary": summaries},
    {"id": words, "content": contents, "encrypted_content": words, "status": words},
)
names = st.sampled_from(["f", "g", "paint"])
calls = obj(
    {"type": "function_call", "call_id": words, "name": names, "arguments": st.text(max_size=5)},
    {"namespace": words, **bookkeeping},
) | obj({"type": "custom_tool_call", "call_id": words, "name": names, "input": st.text(max_size=5)}, bookkeeping)
results = obj(
    {
        "type": st.sampled_from(["function_call_output", "custom_tool_call_output"]),
        "call_id": words,
        "output": pieces | st.text(max_size=5),
    },
    bookkeeping,
)
opaque = obj({"type": st.sampled_from(["web_search_call", "computer_call_output", "compaction", "future_item"])})
items = st.lists(messages | answers | thoughts | calls | results | opaque, max_size=8)
functions = obj(
    {"type": "function", "name": names, "parameters": st.dictionaries(words, values, max_size=2)},
    {"description": words, "strict": flags, "defer_loading": flags},
)
customs = obj({"type": "custom", "name": names}, {"description": words, "format": values})
groups = obj({"type": "namespace", "name": words, "tools": st.lists(functions | customs, max_size=2)})
tools = st.lists(functions | customs | groups | obj({"type": "web_search"}), max_size=3)
choices = (
    st.sampled_from(["auto", "none", "required"])
    | obj({"type": st.sampled_from(["function", "custom"]), "name": names})
    | obj(
        {"type": "allowed_tools", "mode": st.sampled_from(["auto", "required"]), "tools": st.lists(values, max_size=2)}
    )
    | obj({"type": "web_search_preview"})
)
forms = obj(
    {"type": "json_schema", "name": words, "schema": st.dictionaries(words, values, max_size=2)}, {"strict": flags}
) | obj({"type": st.sampled_from(["text", "json_object", "future_form"])})
asks = obj(
    {"model": "m", "input": items | st.text(max_size=9)},
    {
        "instructions": words,
        "stream": flags,
        "tools": st.lists(functions, min_size=1, max_size=1).flatmap(
            lambda first: tools.map(lambda more: first + more)
        ),
        "text": obj({}, {"format": forms, "verbosity": words}),
        "reasoning": obj(
            {}, {"effort": st.sampled_from(["none", "low"]), "summary": st.sampled_from(["auto", "detailed"])}
        ),
        "include": st.lists(st.sampled_from(["reasoning.encrypted_content", "message.output_text.logprobs", "x"])),
        "max_output_tokens": numbers,
        "temperature": st.floats(0, 2),
        "top_p": numbers,
        "top_logprobs": numbers,
        "parallel_tool_calls": flags,
        "user": words,
        "safety_identifier": words,
        "metadata": st.dictionaries(words, words, max_size=2),
        "service_tier": words,
        "prompt_cache_key": words,
        "store": flags,
        "background": flags,
        "truncation": st.sampled_from(["auto", "disabled"]),
        "stream_options": obj({}, {"include_obfuscation": flags}),
        "previous_response_id": words,
    },
)


def through(body: Json, losses: Losses) -> Json:
    read = DIALECT.read_ask(body, "m", streamed=bool(body.get("stream")))
    written = DIALECT.write_ask(read, Manners(model="m"), losses)
    return json.loads(msgspec.json.encode(written))


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(asks)
def test_an_ask_comes_through_the_middle_value_for_value(body: Json) -> None:
    said = json.loads(json.dumps(body))
    losses = Losses()
    assert through(body, losses) == said
    assert not losses
    assert body == said


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(asks, st.sampled_from(CHAT_DIALECTS))
def test_any_ask_can_be_said_in_every_dialect_or_is_the_callers_fault(body: Json, target: str) -> None:
    conversation = DIALECT.read_ask(body, "m", streamed=False)
    with suppress(BadRequest):
        msgspec.json.encode(find_chat_dialect(target).write_ask(conversation, Manners(model="m"), Losses()))


wild = st.recursive(
    st.none() | flags | numbers | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner),
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(asks, st.data())
def test_nonsense_is_refused_by_its_path_or_understood(body: Json, data: st.DataObject) -> None:
    spoil(body, data)
    with suppress(InvalidParameter):
        read = DIALECT.read_ask(body, "m", streamed=False)
        msgspec.json.encode(DIALECT.write_ask(read, Manners(model="m"), Losses()))


def spoil(value: Any, data: st.DataObject) -> None:
    """Put something else in the place of one member, anywhere."""
    while True:
        keys: list[Any] = list(value) if isinstance(value, dict) else list(range(len(value)))
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        if isinstance(value[key], dict | list) and value[key] and data.draw(st.booleans()):
            value = value[key]
            continue
        value[key] = data.draw(wild)
        return


def test_the_dialect_delegates_everything_it_promises() -> None:
    ask = Conversation(dialect="openai_responses", model="m", turns=[])
    reply = DIALECT.read_reply(b'{"id":"resp_1","model":"m","output":[]}')
    assert json.loads(DIALECT.write_reply(reply, ask, Losses()))["id"] == "resp_1"
    assert DIALECT.stream_reader(100).feed(b": hello\n\n") == []
    assert DIALECT.stream_writer(ask).write([]) == b""
    assert DIALECT.passing(100, hides_usage=False).feed(b": hello\n\n") == b": hello\n\n"
    assert DIALECT.read_tally(b"{}") is None
    assert DIALECT.read_refused(500, b"").message == "the provider answered 500"
    error = InvalidParameter("wrong", "input")
    assert json.loads(DIALECT.write_error(error))["error"]["param"] == "input"
    assert b"response.failed" in DIALECT.write_failure(error)


def test_the_dialect_is_found_by_its_name() -> None:
    assert find_chat_dialect("openai_responses") is DIALECT


@pytest.mark.parametrize(
    "body", [{"model": "m", "input": 3}, {"model": "m", "input": [{"role": "king", "content": ""}]}]
)
def test_an_input_that_cannot_be_understood_is_refused_by_its_path(body: Json) -> None:
    with pytest.raises(InvalidParameter) as caught:
        DIALECT.read_ask(body, "m", streamed=False)
    assert caught.value.param.startswith("input")
