"""Forms with files (multipart/form-data, RFC 7578): read strictly, written anew with some fields replaced.

Policy reads some fields, and an upstream may read a form differently: keep the last of two fields of one name, or trust
another spelling of a name. So whatever could be read in two ways is refused, and what goes upstream is written from
what was read here.
"""

import re
from collections.abc import Set as AbstractSet
from typing import NoReturn

from msgspec import Struct

from trigate.core.errors import BadRequest, UnsupportedMediaType

MOST_PARTS = 256
LONGEST_HEAD = 4096
"""Bytes of the fields before a part's content."""

_TYPE = re.compile(
    rb'multipart/form-data\s*;\s*boundary=(?:"([^"\\]{1,70})"|([^\s";,]{1,70}))\s*;?', re.IGNORECASE
).fullmatch
_BOUNDARY = re.compile(rb"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]").fullmatch
_DISPOSITION = re.compile(rb'form-data((?:\s*;\s*[A-Za-z]+="[^"\r\n\\]*")+)\s*', re.IGNORECASE).fullmatch
_PARAMETER = re.compile(rb'([A-Za-z]+)="([^"]*)"')
_MEDIA_TYPE = re.compile(rb"[\x20-\x7e]{1,256}").fullmatch
_PLAIN = frozenset({b"binary", b"8bit", b"7bit"})


class Field(Struct):
    """One part of a form."""

    name: str
    value: bytes
    file: str | None = None
    """The name of the file; None if it is a text."""
    mime: bytes = b""
    """As said; empty if it is not."""


def read_boundary(content_type: bytes) -> bytes:
    """What parts the fields of a form; raises UnsupportedMediaType if that is not what the type says."""
    found = _TYPE(content_type)
    boundary = (found[1] or found[2]) if found else b""
    if not boundary or not _BOUNDARY(boundary):
        raise UnsupportedMediaType("send the body as a form: `content-type: multipart/form-data; boundary=…`")
    return boundary


def form_type(boundary: bytes) -> bytes:
    """The content type of what `write_form` writes."""
    return b'multipart/form-data; boundary="%b"' % boundary


def read_form(body: bytes, boundary: bytes, known: AbstractSet[str], repeatable: AbstractSet[str]) -> list[Field]:
    """The fields of a form; of those that are `known` only the `repeatable` ones may come more than once.

    Raises BadRequest.
    """
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary, MOST_PARTS + 2)
    if len(pieces) > MOST_PARTS + 2:
        _refuse(f"the form has more than {MOST_PARTS} fields")
    if len(pieces) < 2 or pieces[0] or pieces[-1] not in (b"--", b"--\r\n"):
        _refuse("the body is not a complete form with the boundary that its content-type tells")
    fields = [_read_field(piece) for piece in pieces[1:-1]]
    _refuse_ambiguous([field.name for field in fields], known, repeatable)
    return fields


def write_form(fields: list[Field], boundary: bytes) -> bytes:
    """The body of a form."""
    pieces: list[bytes] = []
    for field in fields:
        named = b"" if field.file is None else b'; filename="%b"' % field.file.encode()
        kind = b"content-type: %b\r\n" % field.mime if field.mime else b""
        head = b'--%b\r\ncontent-disposition: form-data; name="%b"%b\r\n%b\r\n'
        pieces += (head % (boundary, field.name.encode(), named, kind), field.value, b"\r\n")
    return b"".join([*pieces, b"--%b--\r\n" % boundary])


def _read_field(piece: bytes) -> Field:
    end = piece.find(b"\r\n\r\n", 0, LONGEST_HEAD)
    if not piece.startswith(b"\r\n") or end < 0:
        _refuse("a part of the form is not complete")
    head: dict[bytes, bytes] = {}
    for line in piece[2:end].split(b"\r\n"):
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
    name, file = _read_names(head.get(b"content-disposition", b""))
    return Field(name, piece[end + 4 :], file, mime)


def _read_names(disposition: bytes) -> tuple[str, str | None]:
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


def _refuse_ambiguous(names: list[str], known: AbstractSet[str], repeatable: AbstractSet[str]) -> None:
    folded = {_plain(each): each for each in known}
    single = set[str]()
    for name in names:
        if name == "_charset_":
            _refuse("write the form in UTF-8, without a field `_charset_`")  # RFC 7578 §4.6
        meant = folded.get(_plain(name))
        if meant is not None and meant not in (name, name.removesuffix("[]")):
            _refuse(f"the form has a field {name!r}; write {meant!r}")
        if name.removesuffix("[]") in repeatable:
            continue
        if meant is not None and name.endswith("[]"):
            _refuse(f"the form has a field {name!r}; write {meant!r}")
        if _plain(name) in single:
            _refuse(f"the form has more than one field {name!r}")
        single.add(_plain(name))


def _plain(name: str) -> str:
    return name.removesuffix("[]").casefold()


def _refuse(message: str) -> NoReturn:
    raise BadRequest(message)
