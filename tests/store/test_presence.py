"""Who counts alone, and who together."""

import fcntl
import os
import struct
from pathlib import Path

from trigate.store.presence import FILE, Presence


def test_a_lock_that_cannot_be_had_alone_is_still_held_with_others(tmp_path: Path):
    one, two = Presence(tmp_path), Presence(tmp_path)
    assert one.join()
    assert two.join()
    assert not one.claim()
    descriptor = os.open(tmp_path / FILE, os.O_RDWR)
    found = fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 1, 0))
    assert struct.unpack("hhqqi4x", found)[0] == fcntl.F_RDLCK
    two.close()
    assert one.claim()
    assert not Presence(tmp_path).join()
    os.close(descriptor)


def test_who_is_gone_is_in_nobodys_way(tmp_path: Path):
    gone = Presence(tmp_path / "made")
    assert gone.claim()
    gone.close()
    gone.close()
    assert Presence(tmp_path / "made").claim()
