"""A form with a file in it (multipart/form-data, RFC 7578): read where it lies on the disk, and written anew.

An upstream may read a form differently: keep the last of two fields of one name, or trust another spelling of a name.
So whatever could be read in two ways is refused, and what goes upstream is written from what was read here.
"""

import mmap
import re
from typing import NoReturn

from msgspec import Struct

from trigate.core.errors import BadRequest, UnsupportedMediaType

MOST_PARTS = 32
LONGEST_HEAD = 4096
"""Bytes of the fields before a part's content."""
LONGEST_TEXT = 64 * 1024
"""Bytes of a part that is no file."""

View = mmap.mmap | bytes

_TYPE = re.compile(
    rb'multipart/form-data\s*;\s*boundary=(?:"([^"\\]{1,70})"|([^\s";,]{1,70}))\s*;?', re.IGNORECASE
).fullmatch
_DISPOSITION = re.compile(rb'form-data((?:\s*;\s*[A-Za-z]+="[^"\r\n\\]*")+)\s*', re.IGNORECASE).fullmatch
_PARAMETER = re.compile(rb'([A-Za-z]+)="([^"]*)"')
_MEDIA_TYPE = re.compile(rb"[\x20-\x7e]{1,256}").fullmatch
_PLAIN = frozenset({b"binary", b"8bit", b"7bit"})


class Part(Struct):
    """One field of a form, by where its value lies."""

    name: str
    start: int
    end: int
    file: str | None = None
    """The name of the file; None if it is a text."""
    mime: bytes = b""


class Form(Struct):
    """A form with one file."""

    texts: dict[str, bytes]
    file: Part


def read_boundary(content_type: bytes) -> bytes:
    """What parts the fields of a form; raises UnsupportedMediaType if that is not what the type says."""
    found = _TYPE(content_type)
    if found is None:
        raise UnsupportedMediaType("send the file as a form: `content-type: multipart/form-data; boundary=…`")
    return found[1] or found[2]


def read_form(view: View, boundary: bytes) -> Form:
    """The form; raises BadRequest."""
    texts: dict[str, bytes] = {}
    file: Part | None = None
    for part in _parts(view, boundary):
        if part.name.casefold() in map(str.casefold, texts) or (part.name == "file") is not (part.file is not None):
            _refuse(f"the form has a field {part.name!r} more than once, or as what it is not")
        if part.file is not None:
            if file is not None:
                _refuse("send one file at a time")
            file = part
        elif part.end - part.start > LONGEST_TEXT:
            _refuse(f"the field {part.name!r} is too long")
        else:
            texts[part.name] = view[part.start : part.end]
    if file is None:
        _refuse("the form has no field `file`")
    return Form(texts, file)


def write_form(form: Form, boundary: bytes) -> tuple[bytes, bytes]:
    """What goes before the file's content, and what after it."""
    pieces = [
        b'--%b\r\ncontent-disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (boundary, name.encode(), value)
        for name, value in form.texts.items()
    ]
    file = form.file
    kind = file.mime or b"application/octet-stream"
    head = b'--%b\r\ncontent-disposition: form-data; name="file"; filename="%b"\r\ncontent-type: %b\r\n\r\n'
    pieces.append(head % (boundary, (file.file or "file").encode(), kind))
    return b"".join(pieces), b"\r\n--%b--\r\n" % boundary


def _parts(view: View, boundary: bytes) -> list[Part]:
    mark = b"--" + boundary
    if view[: len(mark)] != mark:
        _refuse("the body is not a complete form with the boundary that its content-type tells")
    found: list[Part] = []
    start = len(mark)
    while view[start : start + 2] == b"\r\n":
        end = view.find(b"\r\n" + mark, start)
        if end < 0 or len(found) >= MOST_PARTS:
            _refuse(f"the form is not complete, or has more than {MOST_PARTS} fields")
        found.append(_part(view, start + 2, end))
        start = end + 2 + len(mark)
    if view[start:] not in (b"--", b"--\r\n"):
        _refuse("the form does not end as it should")
    return found


def _part(view: View, start: int, end: int) -> Part:
    stop = view.find(b"\r\n\r\n", start, min(end, start + LONGEST_HEAD))
    if stop < 0:
        _refuse("a part of the form is not complete")
    head: dict[bytes, bytes] = {}
    for line in bytes(view[start:stop]).split(b"\r\n"):
        name, colon, value = line.partition(b":")
        name = name.lower()
        if not colon or name in head or b"\n" in line or b"\r" in line or b"\0" in line:
            _refuse("a part of the form has a head that can be read in two ways")
        head[name] = value.strip(b" \t")
    if head.get(b"content-transfer-encoding", b"binary").lower() not in _PLAIN:
        _refuse("send the parts of the form without a content-transfer-encoding")
    mime = head.get(b"content-type", b"")
    if mime and not _MEDIA_TYPE(mime):
        _refuse("a part of the form has an invalid content-type")
    name, file = _names(head.get(b"content-disposition", b""))
    return Part(name, stop + 4, end, file, mime)


def _names(disposition: bytes) -> tuple[str, str | None]:
    """Name and file name (RFC 7578 §4.2); `filename*` and escapes, which are read differently, are refused."""
    found = _DISPOSITION(disposition)
    pairs = [(key.lower(), value) for key, value in _PARAMETER.findall(found[1])] if found else []
    said = dict(pairs)
    if len(said) < len(pairs) or b"name" not in said or not said.keys() <= {b"name", b"filename"}:
        _refuse('each part of a form says `content-disposition: form-data; name="…"`, and once')
    try:
        name, file = said[b"name"].decode(), said[b"filename"].decode() if b"filename" in said else None
    except UnicodeDecodeError:
        _refuse("the names of a form must be UTF-8")
    if not name.isprintable() or not (file or "").isprintable():
        _refuse("the names of a form must be printable")
    return name, file


def _refuse(message: str) -> NoReturn:
    raise BadRequest(message)
