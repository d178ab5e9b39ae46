"""Unsealing for others: what is there, and the problem if nothing can be."""

from collections.abc import Callable
from pathlib import Path

from trigate.store.settings import DEFAULT_URL
from trigate.store.store import Store
from trigate.store.unsealing import Answer, Question, answer


def question(tmp_path: Path, *names: str, master_key: str | None = None) -> Question:
    return Question(list(names), DEFAULT_URL, str(tmp_path / "data"), 1.0, master_key)


def test_what_is_there_is_given_and_the_rest_left_out(open_sqlite: Callable[..., Store], tmp_path: Path):
    with open_sqlite().vault("root") as vault:
        vault.put("a", "canary")
    assert answer(question(tmp_path, "a", "b")) == Answer({"a": "canary"})


def test_a_wrong_master_key_is_a_problem(open_sqlite: Callable[..., Store], tmp_path: Path):
    with open_sqlite().vault("root") as vault:
        vault.put("a", "canary")
    given = answer(question(tmp_path, "a", master_key="w" * 32))
    assert not given.secrets
    assert "master_key" in given.problem
