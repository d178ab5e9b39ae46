"""Who is known to a worker."""

from tests.policy.circumstances import given
from trigate.core.settings import Secret
from trigate.policy.settings import Key

SECRET = "0123456789abcdef"
KEYS = {"dev": Key(secret=Secret(SECRET), team="support")}


def test_a_key_finds_its_owner_and_always_the_same_object() -> None:
    directory = given(KEYS).directory
    found = directory.find(SECRET.encode())
    assert found is not None
    assert (found.key, found.team) == ("dev", "support")
    assert directory.find(SECRET.encode()) is found
    assert directory.find(b"another") is None


def test_no_secret_is_kept_in_the_clear() -> None:
    first, second = (given(KEYS).directory for _ in range(2))
    kept = [vars(each)["_known"] for each in (first, second)]
    assert SECRET not in repr(kept)
    assert not set(kept[0]) & set(kept[1])
