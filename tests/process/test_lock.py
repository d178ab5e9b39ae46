"""The lock of a state directory: for one gateway, and readable by who wants to talk to it."""

import os
from pathlib import Path

import pytest

from trigate.core.errors import BadConfig
from trigate.process.lock import FILE, Standing, acquire, look, tell


def test_a_directory_has_one_holder_who_can_be_looked_up(tmp_path: Path):
    directory = tmp_path / "data"
    assert look(directory) is None
    descriptor = acquire(directory)
    assert directory.stat().st_mode & 0o777 == 0o700
    tell(descriptor, Standing(4711, 10, serving=True, problem="a long story"))
    tell(descriptor, Standing(4711, 11))
    assert look(directory) == Standing(4711, 11)
    with pytest.raises(BadConfig, match="in use by another gateway"):
        acquire(directory)
    os.close(descriptor)
    assert look(directory) is None
    os.close(acquire(directory))


def test_what_is_being_written_is_not_believed(tmp_path: Path):
    descriptor = acquire(tmp_path)
    (tmp_path / FILE).write_text('{"pid":')
    assert look(tmp_path) is None
    os.close(descriptor)
