"""Rules of a running gateway, from the file to the answer, and over a reload."""

import socket
from collections.abc import Callable
from contextlib import suppress

import msgspec
import pytest

from tests.journeys.conftest import START_SECONDS, Gateway

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


def operate(running: Gateway, method: str, path: str, body: str) -> None:
    token = (running.folder / "trigate-data" / "admin.token").read_text().strip()
    status, _, answer = running.ask(method, path, body.encode(), running.admin_url, token)
    assert status < 300, answer


@pytest.mark.parametrize("copied", [True, False], ids=["with the copy of this machine", "without it"])
def test_a_rule_made_at_run_time_binds_keys_of_the_file_from_the_first_call_after_a_start(
    gateway: Callable[[str], Gateway], copied: bool
):
    running = gateway(TEXT + ("" if copied else "store: { fail: closed }\n"))
    running.until(lambda: running.ask("GET", "/open")[0] == 502)  # which it is once the store was heard of
    operate(running, "PUT", "/v1/access/none", '{"deny": ["api.request"]}')
    running.until(lambda: running.ask("GET", "/open")[0] == 403)
    copy = running.folder / "trigate-data" / "amendments"
    running.until(copy.exists)
    running.kill()
    if not copied:
        copy.unlink()
    running.start()
    running.until(lambda: connects(running), START_SECONDS)
    # Without the copy callers wait for the store's word, but on a machine that is busy enough not until it comes.
    too_early = set[int]() if copied else {503}
    assert running.until(lambda: {running.ask("GET", "/open")[0]} - too_early) == {403}
    running.until(running.ready)


def connects(running: Gateway) -> bool:
    """Whether somebody listens; not whether the store is heard of."""
    with suppress(OSError):
        socket.create_connection(("127.0.0.1", running.port), 1).close()
        return True
    return False
