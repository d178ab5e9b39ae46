"""Orders over the bus."""

import msgspec
import pytest

from trigate.store.shelf_order import Done, Order, encode, read_done, read_order


def test_what_is_said_is_what_is_understood():
    order, done = Order("put", "s", "k", 1.5, 7), Done(b"\x00\xff", 3, "")
    assert (read_order(encode(order)), read_done(encode(done))) == (order, done)


def test_nonsense_is_no_order():
    with pytest.raises(msgspec.DecodeError):
        read_order(encode(["burn", "s", "k"]))
