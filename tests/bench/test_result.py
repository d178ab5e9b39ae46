"""Samples are summed up by medians, and nothing is lost in the JSON."""

import json

from bench.result import Key, Result, Sample, proxies, to_json

KEY = Key("bare", True, "nginx")


def test_each_figure_has_its_own_median() -> None:
    found = Result("machine", "method")
    for sample in (Sample(1, 30, 5, 9), Sample(3, 10, 6, 7), Sample(2, 20, 4, 8)):
        found.add(KEY, sample)
    assert found.rows[KEY].median == (2, 20, 5, 8)
    assert found.rows[KEY].spread == (1, 3)


def test_a_failure_has_no_figure() -> None:
    found = Result("machine", "method")
    found.fail(KEY, "answer 502")
    assert found.cpu(*KEY) is None
    assert found.rows[KEY].median is None
    assert proxies(found.rows.values()) == ["nginx"]


def test_the_json_holds_every_sample() -> None:
    found = Result("machine", "method")
    found.add(KEY, Sample(1, 2, 3, 4))
    row = json.loads(json.dumps(to_json(found)))["rows"][0]
    assert row["scenario"] == "bare"
    assert row["samples"] == [{"cpu": 1, "rate": 2, "p50": 3, "p99": 4}]
