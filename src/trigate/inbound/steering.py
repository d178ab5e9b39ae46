"""Tells the kernel which of the sockets that share an address get the new callers."""

import ctypes
import socket
import struct
import sys

_ATTACH = getattr(socket, "SO_ATTACH_REUSEPORT_CBPF", 51)
_PROGRAM = struct.Struct("@HP")
_INSTRUCTION = struct.Struct("@HBBI")
_LOAD, _MODULO, _RETURN = 0x20, 0x94, 0x16
"""BPF_LD|BPF_W|BPF_ABS, BPF_ALU|BPF_MOD|BPF_K and BPF_RET|BPF_A."""
_RANDOM = 0xFFFFF000 + 56
"""SKF_AD_OFF + SKF_AD_RANDOM: loads a random number instead of something of the packet."""


def steer(listening: socket.socket, count: int) -> bool:
    """Let new callers come to the first `count` of the sockets on this one's address, in the order of their opening.

    The others keep who waits in them already, as closing them would not. False where the kernel offers no such thing
    (socket(7), SO_ATTACH_REUSEPORT_CBPF): then callers come to all, and all must be served.
    """
    if not sys.platform.startswith("linux") or listening.family == socket.AF_UNIX:
        return False
    code = _INSTRUCTION.pack(_LOAD, 0, 0, _RANDOM)
    code += _INSTRUCTION.pack(_MODULO, 0, 0, count) + _INSTRUCTION.pack(_RETURN, 0, 0, 0)
    memory = ctypes.create_string_buffer(code, len(code))
    program = _PROGRAM.pack(len(code) // _INSTRUCTION.size, ctypes.addressof(memory))
    try:
        listening.setsockopt(socket.SOL_SOCKET, _ATTACH, program)
    except OSError:
        return False
    return True
