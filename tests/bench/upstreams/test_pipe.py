"""The server on a pipe answers line by line, in either era."""

import json
import subprocess

import pytest

from bench.program import program
from tests.patience import PATIENCE


@pytest.mark.parametrize(("words", "first"), [([], "server/discover"), (["--older"], "initialize")])
def test_lines_are_answered_and_the_end_is_the_end(words: list[str], first: str) -> None:
    lines = [{"id": 1, "method": first}, {"method": "notifications/x"}, {"id": 2, "method": "tools/call"}]
    text = "".join(json.dumps(each) + "\n" for each in lines)
    command = [*program("pipe"), *words]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=PATIENCE, check=True)
    one, two = map(json.loads, done.stdout.splitlines())
    assert "capabilities" in one["result"]
    assert (two["id"], two["error"]["code"]) == (2, -32602)
