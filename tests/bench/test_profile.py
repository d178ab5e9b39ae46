"""Collapsed stacks become a list of functions."""

from bench import profile


def test_own_and_total_shares_are_told_apart() -> None:
    lines = profile.top("main;serve;parse 30\nmain;serve 10\nmain;serve;serve 60\n").splitlines()
    assert lines[1].split() == ["70.0%", "100.0%", "serve"]
    assert lines[2].split() == ["30.0%", "30.0%", "parse"]
