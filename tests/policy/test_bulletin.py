"""What workers are told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import DecodeError, structs

from tests.policy.rows import key, snapshot
from trigate.policy.bulletin import Change, Whole, decode, difference, encode
from trigate.policy.roster import Roster
from trigate.store.directory import Team
from trigate.store.login import Signer


def test_only_what_changed_is_told() -> None:
    before = snapshot(1, key("a"), key("b"), key("c"))
    after = snapshot(2, key("a"), structs.replace(key("b"), team="other"), key("d"))
    told = difference(before, after)
    assert isinstance(told, Change)
    assert ([each.id for each in told.keys], told.gone, told.teams) == (["b", "d"], ("c",), None)
    assert decode(encode(told)) == told


def test_another_pepper_changes_everything() -> None:
    before = snapshot(1, key("a"))
    assert difference(before, structs.replace(before, pepper=b"another" * 4)) == Whole(
        structs.replace(before, pepper=b"another" * 4)
    )


def test_a_table_that_became_empty_is_told() -> None:
    before = structs.replace(snapshot(1), teams=(Team(name="ops"),))
    told = difference(before, snapshot(2))
    assert isinstance(told, Change)
    assert told.teams == ()


@given(st.binary(max_size=40))
def test_noise_is_refused_as_such(message: bytes) -> None:
    with pytest.raises(DecodeError):
        decode(message)


_REVISIONS = st.lists(st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["", "ops", "dev"])), max_size=6)


@given(_REVISIONS)
def test_following_the_changes_leads_where_the_whole_does(revisions: list[dict[str, str]]) -> None:
    follower, now = Roster(), snapshot(0)
    follower.take(Whole(now))
    for number, teams in enumerate(revisions, 1):
        before = now
        now = snapshot(number, *(structs.replace(key(name), team=team) for name, team in teams.items()))
        assert follower.take(decode(encode(difference(before, now))))
    fresh = Roster()
    fresh.take(Whole(now))
    for name in "abcdef":
        ours, theirs = follower.find(f"secret-of-{name}".encode()), fresh.find(f"secret-of-{name}".encode())
        assert (ours is None) == (theirs is None)
        assert ours is None or theirs is None or ours.team == theirs.team


def test_signers_and_ends_of_logins_are_told_when_they_change() -> None:
    signer = Signer(id="k", public="{}", created=1, until=2)
    before = snapshot(1, signers=(signer,))
    told = difference(before, snapshot(2, signers=(signer,), ended=("one",)))
    assert isinstance(told, Change)
    assert (told.signers, told.ended) == (None, ("one",))
    roster = Roster()
    assert roster.take(Whole(before))
    assert roster.take(decode(encode(told)))
    assert (roster.signers, roster.ended) == ((signer,), {"one"})
