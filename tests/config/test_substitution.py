"""References inside texts: where they lead, how they are escaped, and that nothing of them shows."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.config.substitution import MAX_FILE_BYTES, Substitution, read_bytes


def replaced(text: str, folder: Path = Path(), **variables: str) -> str:
    return Substitution(variables, folder).replace(text)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("plain", "plain"),
        ("${A}", "one"),
        ("x${A}y${A}z", "xoneyonez"),
        ("${A:-other}", "one"),
        ("${NONE:-other}", "other"),
        ("${NONE:-}", ""),
        ("${EMPTY:-other}", "other"),
        ("$${A}", "${A}"),
        ("$A and $", "$A and $"),
        ("cost: $5", "cost: $5"),
    ],
)
def test_references_are_replaced(text: str, result: str):
    assert replaced(text, A="one", EMPTY="") == result


def test_what_a_variable_holds_is_not_read_again():
    assert replaced("${A}", A="${B}", B="deep") == "${B}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${NONE}", "the environment variable NONE is not set"),
        ("${EMPTY}", "the environment variable EMPTY is empty"),
        ("${A", "without its `}`"),
        ("${}", "not a reference"),
        ("${a b}", "not a reference"),
        ("${other:x}", "not a reference"),
    ],
)
def test_a_reference_that_leads_nowhere_is_refused(text: str, message: str):
    with pytest.raises(ValueError, match=message):
        replaced(text, A="one", EMPTY="")


def test_a_file_gives_its_text_without_the_last_line_break(tmp_path: Path):
    (tmp_path / "key").write_text("from-a-file\n")
    assert replaced("Bearer ${file:key}", tmp_path) == "Bearer from-a-file"
    assert replaced(f"${{file:{tmp_path / 'key'}}}", Path("elsewhere")) == "from-a-file"


@pytest.mark.parametrize("name", ["missing", ".", "large", "binary", "null\0byte"])
def test_a_file_that_cannot_be_used_is_refused(name: str, tmp_path: Path):
    (tmp_path / "large").write_bytes(b"x" * (MAX_FILE_BYTES + 1))
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match=r"file|null byte"):
        replaced(f"${{file:{name}}}", tmp_path)


def test_a_file_is_read_up_to_its_limit(tmp_path: Path):
    (tmp_path / "file").write_bytes(b"12345")
    assert read_bytes(tmp_path / "file", 5) == b"12345"
    with pytest.raises(ValueError, match="larger than 4 bytes"):
        read_bytes(tmp_path / "file", 4)


def test_what_came_out_of_a_reference_is_hidden_in_messages():
    substitution = Substitution({"KEY": "canary-secret", "ODD": "with'quote\n\\"}, Path())
    substitution.replace("Bearer ${KEY} ${ODD} ${NONE:-canary-default}")
    message = f"bad canary-secret, {'canary-secret'!r}, {substitution.replace('${ODD}')!r} and canary-default"
    redacted = substitution.redact(message)
    assert "canary" not in redacted
    assert "quote" not in redacted
    assert redacted.count("${KEY}") == 2


@given(st.text(alphabet="$${}:-file.AB \0/", max_size=40))
def test_any_text_is_replaced_or_refused(text: str):
    try:
        result = replaced(text, Path("/nonexistent"), A="one")
    except ValueError:
        assert "${" in text
        return
    assert "${" in text or result == text


@given(st.text(min_size=6, max_size=40))
def test_any_value_is_hidden(value: str):
    substitution = Substitution({"A": value}, Path())
    assert substitution.replace("${A}") == value
    assert substitution.redact(f"<{value}|{value!r}>").count("${A}") == 2
