"""The types that configuration is made of."""

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.core.settings import Duration, Secret, Settings, Size


class Sample(Settings):
    """A node."""

    secret: Secret
    """A secret."""


def test_a_secret_never_shows() -> None:
    secret = Secret("hunter2-hunter2")
    shown = [repr(secret), str(secret), f"{secret}", f"{[secret]}", f"{Sample(secret=secret)}"]
    assert not any("hunter2" in text for text in shown)
    assert "•••" in shown[0]
    assert secret.reveal() == "hunter2-hunter2"


def test_a_secret_is_never_pickled_or_copied() -> None:
    for way in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            way(Secret("hunter2"))


def test_an_empty_secret_is_false() -> None:
    assert not Secret("")
    assert Secret("x")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("250ms", 0.25), ("10s", 10), ("1m", 60), ("2h", 7200), ("1d", 86400), ("3", 3), (" 1.5 s ", 1.5)],
)
def test_a_duration_is_read_in_seconds(text: str, seconds: float) -> None:
    assert Duration.parse(text) == seconds


@pytest.mark.parametrize(
    ("text", "count"), [("512", 512), ("16KiB", 16384), ("10MB", 10**7), ("1GiB", 2**30), ("1.5KiB", 1536), ("3B", 3)]
)
def test_a_size_is_read_in_bytes(text: str, count: int) -> None:
    assert Size.parse(text) == count


@pytest.mark.parametrize("text", ["", "soon", "-1s", "1 week", "1e3s", "0x10", "١s", "1s2m"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        Duration.parse(text)


@pytest.mark.parametrize("text", ["", "big", "-1", "1.5", "10kb", "1TiBs"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="size"):
        Size.parse(text)


@given(st.text(max_size=12))
def test_any_text_is_read_or_refused_and_never_crashes(text: str) -> None:
    for kind in (Duration, Size):
        try:
            assert kind.parse(text) >= 0
        except ValueError:
            continue
