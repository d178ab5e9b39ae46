"""Identifiers that nobody has used."""

from trigate.llm.fresh import fresh_id


def test_no_two_are_alike() -> None:
    made = {fresh_id("call_") for _ in range(1000)}
    assert len(made) == 1000
    assert all(each.startswith("call_") and each[5:].isalnum() for each in made)
