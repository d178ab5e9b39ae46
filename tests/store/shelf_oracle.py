"""What every shelf does, wherever it stands."""

from trigate.core.shelf import Shelf


async def check_shelf(shelf: Shelf) -> None:
    """Put, find, replace, drop and clear; the shelf is empty before and after, and takes at most 100 bytes a value."""
    assert await shelf.get("a") is None
    assert await shelf.put("a", b"\x00one\xff", 60)
    assert await shelf.get("a") == b"\x00one\xff"
    assert await shelf.put("a", b"", 60)
    assert await shelf.get("a") == b""
    assert await shelf.put("a", b"x" * 100, 60)
    assert not await shelf.put("a", b"x" * 101, 60)
    assert await shelf.get("a") is None  # what it was to replace is gone, too
    assert not await shelf.drop("a")
    for key in ("n-1", "n-2", "m-1"):
        assert await shelf.put(key, key.encode(), 60)
    assert await shelf.clear("n-") == 2
    assert [await shelf.get(key) for key in ("n-1", "n-2", "m-1")] == [None, None, b"m-1"]
    assert await shelf.drop("m-1")
    assert await shelf.get("m-1") is None
    assert await shelf.clear() == 0
