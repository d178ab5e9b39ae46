"""The shared receive buffer."""

import mmap
import os
import threading

from tests.patience import PATIENCE
from trigate.core.buffer import READ_BYTES, receive_buffer


def test_one_thread_shares_one_buffer_and_another_thread_has_its_own():
    seen: list[mmap.mmap] = []
    other = threading.Thread(target=lambda: seen.append(receive_buffer()))
    other.start()
    other.join(PATIENCE)
    assert receive_buffer() is receive_buffer()
    assert len(receive_buffer()) == READ_BYTES
    assert seen[0] is not receive_buffer()


def test_a_slice_of_it_is_bytes_of_its_own():
    room = receive_buffer()
    with memoryview(room) as view:
        view[:5] = b"first"
        taken = room[:5]
        view[:5] = b"other"
    assert taken == b"first"
    assert type(taken) is bytes


def test_a_forked_process_reads_into_memory_of_its_own():
    room = receive_buffer()
    room[:6] = b"parent"
    child = os.fork()
    if child == 0:
        room[:6] = b"child!"
        os._exit(0)
    assert os.waitpid(child, 0) == (child, 0)
    assert room[:6] == b"parent"
