"""How problems are told."""

import pytest

from trigate.config.explain import read_path
from trigate.config.node import Mark
from trigate.config.problem import InvalidConfig, Path, Problem, suggest, write_path
from trigate.core.errors import BadConfig


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("llm", "models", "smart", "strategy"), "llm.models.smart.strategy"),
        (("policy", "limits", 0, "window"), "policy.limits[0].window"),
        (("llm", "models", "gpt-5.2"), 'llm.models["gpt-5.2"]'),
        (("mcp", "servers", "git-hub"), "mcp.servers.git-hub"),
        (("a", 'quo"te'), 'a["quo\\"te"]'),
        (("a", "1st"), 'a["1st"]'),
    ],
)
def test_a_path_is_written_so_that_it_can_be_pasted_back(path: Path, text: str):
    assert write_path(path) == text
    assert read_path(text) == path


def test_a_problem_says_file_line_path_and_message():
    problem = Problem("trigate.yaml", Mark(12, 5), ("llm", "models"), "wrong")
    assert str(problem) == "trigate.yaml:12:5 llm.models: wrong"


def test_a_problem_of_the_whole_file_has_no_line():
    assert str(Problem("trigate.yaml", None, (), "there is no such file")) == "trigate.yaml: there is no such file"


def test_an_endless_key_is_cut_short():
    assert len(str(Problem("f", Mark(1, 1), ("k" * 10_000,), "unknown key"))) < 200


def test_the_error_holds_every_problem():
    problems = [Problem("f", Mark(line, 1), (), f"problem {line}") for line in (1, 2, 3)]
    error = InvalidConfig(problems)
    assert isinstance(error, BadConfig)
    assert error.problems == tuple(problems)
    assert error.message.splitlines() == ["f:1:1: problem 1", "f:2:1: problem 2", "f:3:1: problem 3"]


def test_the_nearest_word_is_suggested():
    assert suggest("inbuond", ["inbound", "outbound"]) == "; did you mean inbound?"
    assert suggest("xyz", ["inbound", "outbound"]) == "; known here: inbound, outbound"
    assert suggest("xyz", [f"key{i}" for i in range(100)]) == ""
