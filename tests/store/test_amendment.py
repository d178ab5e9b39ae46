"""The copy of what was made at run time."""

import stat
from pathlib import Path

import pytest

from trigate.core.settings import Secret
from trigate.store.amendment import FILE, forget_amendments, read_amendments, write_amendments
from trigate.store.directory import Document
from trigate.store.settings import StoreSettings

RULES = (Document(kind="access", name="a", body=b'{"deny":["llm.*"]}'), Document(kind="limit", name="b", body=b"{}"))


def test_what_is_kept_is_what_is_read(tmp_path: Path) -> None:
    settings = StoreSettings(directory=str(tmp_path))
    for documents in (RULES, RULES[:1], ()):
        write_amendments(settings, documents)
        assert read_amendments(settings) == documents
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_where_no_store_was_ever_made_there_is_nothing_to_know(tmp_path: Path) -> None:
    assert read_amendments(StoreSettings(directory=str(tmp_path))) == ()


def test_without_a_copy_only_the_store_knows(tmp_path: Path) -> None:
    settings = StoreSettings(directory=str(tmp_path))
    write_amendments(settings, ())
    (tmp_path / "trigate.db").touch()
    forget_amendments(settings)
    assert read_amendments(settings) is None
    shared = StoreSettings(directory=str(tmp_path), url=Secret("postgresql://db/trigate"))
    assert read_amendments(shared) is None


@pytest.mark.parametrize("content", [b"", b"\x91\x81", b"not msgpack", b"\xc1" * 100])
def test_a_copy_that_cannot_be_read_is_none(tmp_path: Path, content: bytes) -> None:
    settings = StoreSettings(directory=str(tmp_path))
    (tmp_path / "trigate.db").touch()
    (tmp_path / FILE).write_bytes(content)
    assert read_amendments(settings) is None
