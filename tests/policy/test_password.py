"""Password hashes."""

import pytest

from trigate.core.settings import Secret
from trigate.policy import password as module
from trigate.policy.password import Person, hash_password, read_hash


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """As little work as is allowed."""
    monkeypatch.setattr(module, "COST", module.LEAST_COST)


def test_a_password_fits_its_hash_and_no_other_does() -> None:
    first, second = hash_password("correct horse"), hash_password("correct horse")
    assert first != second
    assert "correct" not in first
    assert read_hash(first).fits(b"correct horse")
    assert not read_hash(first).fits(b"correct horsf")
    assert not read_hash(first).fits(b"")
    assert Person(password_hash=Secret(first)).lanes == ("api", "llm", "mcp")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("scrypt$", "bcrypt$"),
        ("$4096$", "$4095$"),
        ("$4096$", "$1024$"),
        ("$4096$", "$67108864$"),
        ("$4096$", "$-4096$"),
        ("$4096$", "$x$"),
        ("$8$1$", "$8$99$"),
        ("$8$1$", "$0$1$"),
        ("$8$1$", "$"),
    ],
)
def test_a_hash_that_is_weak_costly_or_no_hash_is_refused(old: str, new: str) -> None:
    text = hash_password("x").replace(old, new)
    with pytest.raises(ValueError, match="hash"):
        read_hash(text)
    with pytest.raises(ValueError, match="hash"):
        Person(password_hash=Secret(text))


def test_the_hash_of_a_password_is_no_password() -> None:
    text = hash_password("x")
    assert not read_hash(text).fits(text.encode())
    with pytest.raises(ValueError, match="looks like"):
        read_hash("x" * 64)
