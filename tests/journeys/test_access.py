"""Rules of a running gateway, from the file to the answer, and over a reload."""

from collections.abc import Callable

import msgspec

from tests.journeys.conftest import Gateway

OTHER = "another-key-0123456789"
TEXT = """
policy:
  keys:
    test: { secret: "${TRIGATE_KEY}", team: red }
    other: { secret: another-key-0123456789, team: blue }
  access:
    - { team: red, allow: ["llm.* model/one", "api.request route/open"] }
    - { team: blue, allow: ["llm.*"], when: "!has(arguments.n)" }
    - { team: blue, allow: ["api.request"], when: 'request.method == "GET" && request.headers["x-env"] == "test"' }
llm:
  providers: { p: { kind: openai, base_url: "http://127.0.0.1:1/v1" } }
  models: { one: { targets: p/one }, two: { targets: p/two } }
api:
  routes:
    open: { match: { path: /open }, targets: ["http://127.0.0.1:1"] }
    shut: { match: { path: /shut }, targets: ["http://127.0.0.1:1"] }
mcp: {}
"""


def models(running: Gateway, key: str) -> list[str]:
    status, _, body = running.ask("GET", "/v1/models", key=key)
    assert status == 200
    return [each["id"] for each in msgspec.json.decode(body)["data"]]


def chat(running: Gateway, key: str, model: str, **more: object) -> tuple[int, str]:
    body = msgspec.json.encode({"model": model, "messages": [], **more})
    status, _, answer = running.ask("POST", "/v1/chat/completions", body, key=key, content_type="application/json")
    return status, msgspec.json.decode(answer)["error"]["message"]


def test_callers_get_what_the_rules_say_and_another_answer_after_a_reload(gateway: Callable[[str], Gateway]):
    running = gateway(TEXT)
    assert models(running, running.key) == ["one"]
    assert models(running, OTHER) == ["one", "two"]
    assert chat(running, running.key, "two") == (403, "key 'test' may not do llm.chat on model/two")
    assert chat(running, OTHER, "two", n=2)[0] == 403
    assert chat(running, running.key, "one")[0] == 502
    assert chat(running, OTHER, "two")[0] == 502
    status, _, body = running.ask("GET", "/shut")
    assert (status, msgspec.json.decode(body)["detail"]) == (403, "key 'test' may not do api.request on route/shut")
    assert running.ask("GET", "/open")[0] == 502
    assert [running.ask("GET", "/shut", key=OTHER, x_env=each)[0] for each in ("test", "live")] == [502, 403]
    assert running.record(route="shut", key="test")["outcome"] == "access.denied"
    running.write(TEXT.replace("llm.* model/one", "llm.* model/two"))
    running.until(lambda: models(running, running.key) == ["two"])
    assert chat(running, running.key, "one")[0] == 403
