"""The JSON Schema agrees with the loader."""

import json

import pytest
import yaml
from jsonschema import Draft202012Validator

from trigate.config.config import Config
from trigate.config.load import load_text
from trigate.config.problem import InvalidConfig
from trigate.config.schema import schema
from trigate.config.shape import fields

GOOD = [
    "{}",
    "inbound: { listen: '127.0.0.1:8080' }",
    "policy: { authenticators: [{ kind: api_key }], keys: { dev: { secret: '${KEY}', lanes: [llm] } } }",
    "llm: { providers: { o: { kind: openai, api_key: '${KEY}' } }, models: { m: { targets: o/x } }, max_body: 1MiB }",
    "llm: { providers: { g: { kind: groq, api_key: '${KEY}', quirks: [top_k] } } }",
    "llm: { providers: { d: { kind: databricks, host: h.example, api_key: '${KEY}' } } }",
    "llm: { keep_alive: 15, max_event: '${SIZE:-1MiB}' }",
    "mcp: { servers: { git: { command: [uvx, mcp-server-git] } }, endpoints: { all: { servers: [git] } } }",
    "api: { routes: { r: { match: { path: /a/* }, targets: ['http://a', { url: 'http://b', weight: 2 }] } } }",
    "api: null",
]
BAD = [
    "inbuond: {}",
    "policy: { authenticators: [{ kind: apikey }] }",
    "policy: { authenticators: [{}] }",
    "policy: { keys: { dev: {} } }",
    "llm: { models: { m: { targets: { a: b } } } }",
    "llm: { max_body: lots }",
    "llm: { providers: { g: { kind: grok, api_key: x } } }",
    "llm: { providers: { g: { kind: groq, api_key: x, host: y } } }",
    "llm: { providers: { d: { kind: databricks, api_key: x } } }",
    "llm: { providers: { g: { kind: groq, api_key: x, quirks: [wings] } } }",
    "mcp: { servers: { git: { command: uvx } } }",
    "store: 5",
]


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    found = json.loads(json.dumps(schema()))
    Draft202012Validator.check_schema(found)
    return Draft202012Validator(found)


@pytest.mark.parametrize("text", GOOD)
def test_both_accept(text: str, validator: Draft202012Validator):
    load_text(text, "f", {"KEY": "a-key-that-is-long-enough"})
    assert [each.message for each in validator.iter_errors(yaml.safe_load(text))] == []


@pytest.mark.parametrize("text", BAD)
def test_both_refuse(text: str, validator: Draft202012Validator):
    with pytest.raises(InvalidConfig):
        load_text(text, "f", {})
    assert list(validator.iter_errors(yaml.safe_load(text)))


def test_every_key_is_described_with_its_default():
    found = schema()
    assert list(found["properties"]) == list(fields(Config))
    assert all(each["description"] for each in found["properties"].values())
    keep_alive = found["$defs"]["llm.settings.LlmSettings"]["properties"]["keep_alive"]
    assert keep_alive["default"] == "15s"


def test_a_secret_is_marked_for_editors():
    key = schema()["$defs"]["policy.settings.Key"]["properties"]["secret"]
    assert key["format"] == "password"
