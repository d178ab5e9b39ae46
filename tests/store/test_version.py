"""The version of the schema: one is right, all others say what to do."""

import pytest

from trigate.core.errors import BadConfig
from trigate.store import migrate, version


def test_only_the_current_version_passes():
    version.refuse(version.name(version.CURRENT))
    for found, told in ((None, "no tables"), ("0000", "trigate migrate"), ("0999", "newer"), ("abc", "newer")):
        with pytest.raises(BadConfig, match=told):
            version.refuse(found)


def test_the_current_version_is_that_of_the_newest_migration():
    files = sorted(migrate._FOLDER.glob("versions/[0-9]*.py"))  # pyright: ignore[reportPrivateUsage]
    assert [int(path.name[:4]) for path in files] == list(range(1, version.CURRENT + 1))
