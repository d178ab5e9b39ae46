"""A form on its way to a provider: its file is read from the disk as fast as the provider takes it."""

import secrets

from trigate.core.parts import Data, Part
from trigate.core.signal import Signal
from trigate.llm.resource.form import Form, View, write_form

PIECE = 64 * 1024
"""Bytes that go out at a time."""


class FormBody:
    """The body of a request (core.stream.Incoming): a head, a stretch of a file, a tail."""

    __slots__ = ("_at", "_end", "_head", "_tail", "_view", "content_type", "ended", "length", "signal", "size", "taken")

    def __init__(self, signal: Signal, form: Form, view: View, stretch: tuple[int, int]) -> None:
        """`stretch`: from where to where of `view` the content of the form's file lies."""
        boundary = b"trigate-" + secrets.token_hex(16).encode()
        self.content_type = b"multipart/form-data; boundary=" + boundary
        self.signal = signal
        self._head, self._tail = write_form(form, boundary)
        self._view = view
        self._at, self._end = stretch
        self.length = len(self._head) + self._end - self._at + len(self._tail)
        """Bytes."""
        self.size = self.length
        self.taken = False
        self.ended = False
        """All of it has been read."""

    @property
    def ready(self) -> bool:
        """Whether there is more."""
        return not self.ended

    async def next(self) -> Part | None:
        """The next piece; None at the end."""
        self.taken = True
        if self._head:
            head, self._head = self._head, b""
            return Data(head)
        if self._at < self._end:
            start, self._at = self._at, min(self._at + PIECE, self._end)
            return Data(self._view[start : self._at])
        tail, self._tail = self._tail, b""
        self.ended = True
        return Data(tail) if tail else None

    async def read(self, limit: int) -> bytes:
        """All of it, for those who must sign it."""
        self.taken = self.ended = True
        whole = b"".join((self._head, self._view[self._at : self._end], self._tail))
        self._head = self._tail = b""
        self._at = self._end
        return whole
