"""Budgets hold for what is no chat: reserved before it goes out, refused where nobody knows the price."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.journeys.conftest import Gateway
from tests.journeys.serving import serving
from tests.journeys.workshop import KEY, Workshop


@pytest.fixture(scope="module")
def workshop() -> Iterator[tuple[Workshop, str]]:
    workshop = Workshop()
    with serving(workshop) as url:
        yield workshop, url


@pytest.fixture(scope="module")
def running(lasting_gateway: Callable[[str], Gateway], workshop: tuple[Workshop, str]) -> Gateway:
    url = workshop[1]
    return lasting_gateway(f"""
policy:
  keys: {{ test: {{ secret: '${{TRIGATE_KEY}}' }} }}
  limits:
    - {{ kind: budget, name: purse, usd: 0.01, window: 1d }}
llm:
  providers:
    o: {{ kind: openai, base_url: '{url}/v1', api_key: {KEY}, passthrough: true }}
    c: {{ kind: cohere, base_url: '{url}', api_key: {KEY} }}
  models:
    painter: {{ targets: o/painter, price: {{ input: 0, image: 0.004 }} }}
    voice:   {{ targets: o/voice, price: {{ input: 0, characters: 15 }} }}
    tokens:  {{ targets: o/voice, price: {{ input: 1, output: 2 }} }}
    dear:    {{ targets: o/omni, price: {{ input: 1000 }} }}
    unknown: {{ targets: o/unknown }}
    ranks:   {{ targets: c/rerank, price: {{ input: 0, searches: 2 }} }}
""")


@pytest.fixture
def ask(running: Gateway, workshop: tuple[Workshop, str]) -> Callable[..., tuple[int, str, bool]]:
    """Status, code of the error, and whether the provider was asked."""

    def ask(path: str, body: Any, method: str = "POST") -> tuple[int, str, bool]:
        before = len(workshop[0].seen)
        status, _, answer = running.ask(method, path, json.dumps(body).encode(), content_type="application/json")
        code = json.loads(answer).get("error", {}).get("code", "") if status >= 400 else ""
        return status, code, len(workshop[0].seen) > before

    return ask


def test_what_costs_more_than_is_left_never_goes_out(ask: Callable[..., tuple[int, str, bool]]):
    assert ask("/v1/audio/speech", {"model": "voice", "input": "a" * 700}) == (429, "insufficient_quota", False)
    images = {"model": "painter", "prompt": "x", "n": 3}
    assert ask("/v1/images/generations", images) == (429, "insufficient_quota", False)
    ranking = {"model": "ranks", "query": "q", "documents": ["a"] * 600}
    assert ask("/v2/rerank", ranking)[0] == 429
    assert ask("/v1/moderations", {"model": "dear", "input": "a" * 100})[0] == 429


def test_what_has_no_price_is_refused_where_money_counts(ask: Callable[..., tuple[int, str, bool]]):
    assert ask("/v1/audio/speech", {"model": "unknown", "input": "a"}) == (403, "limit.price_unknown", False)
    assert ask("/v1/audio/speech", {"model": "tokens", "input": "a"}) == (403, "limit.price_unknown", False)
    assert ask("/v1/images/generations", {"model": "unknown", "prompt": "a"}) == (403, "limit.price_unknown", False)
    assert ask("/passthrough/o/fine_tuning/jobs", {}) == (403, "limit.price_unknown", False)


def test_what_fits_is_served_and_what_is_free_stays_so(ask: Callable[..., tuple[int, str, bool]], running: Gateway):
    assert ask("/v1/audio/speech", {"model": "voice", "input": "a" * 500}) == (200, "", True)
    assert running.record(action="llm.audio.speech", outcome="ok")["usage"]["cost"] == 7_500_000
    assert ask("/v1/audio/speech", {"model": "voice", "input": "a" * 200})[0] == 429  # 0.0075 of 0.01 are gone
    count = {"model": "dear", "messages": [{"role": "user", "content": "a" * 1000}]}
    assert ask("/v1/messages/count_tokens", count) == (200, "", False)
    assert ask("/passthrough/o/fine_tuning/jobs", None, "GET") == (200, "", True)
    assert ask("/v1/images/generations", {"model": "painter", "prompt": "x"})[0] == 429
