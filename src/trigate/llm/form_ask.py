"""An ask that comes as a form, with files in it."""

from typing import Any

import msgspec
from msgspec import Raw

from trigate.llm.error import InvalidParameter
from trigate.llm.form import Field, write_form
from trigate.llm.member import Members
from trigate.llm.operation import Address, Ask

_FLAGS = {"true": True, "false": False}


class FormAsk(Ask):
    """Its texts are its members; of its files only the sizes are known to policy."""

    __slots__ = ("fields",)

    def __init__(self, address: Address, fields: list[Field], body: bytes) -> None:
        """Raises InvalidParameter unless it names a model."""
        super().__init__(address, members_of(fields), body)
        self.fields = fields

    def write(self, model: Raw, *, counts_streams: bool) -> bytes:
        """The form for a target that knows the model as `model` (a JSON string)."""
        name = msgspec.json.decode(model, type=str).encode()
        fields = [Field("model", name) if each.name == "model" else each for each in self.fields]
        return write_form(fields, self.address.boundary)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(len(each.value) for each in self.fields if each.file is not None)


def members_of(fields: list[Field]) -> Members:
    """Texts as texts, files as what is known of them; a list of those that came more than once."""
    found: dict[str, list[Any]] = {}
    for field in fields:
        found.setdefault(field.name.removesuffix("[]"), []).append(_value(field))
    return {name: Raw(msgspec.json.encode(each[0] if len(each) == 1 else each)) for name, each in found.items()}


def read_form_flag(fields: list[Field], name: str) -> bool:
    """A field that is true or false; raises InvalidParameter."""
    said = next((each.value for each in fields if each.name == name), b"false")
    value = _FLAGS.get(said.decode(errors="replace").lower())
    if value is None:
        raise InvalidParameter(f"`{name}` must be true or false", name)
    return value


def _value(field: Field) -> Any:
    if field.file is not None:
        return {"filename": field.file, "bytes": len(field.value)}
    try:
        return field.value.decode()
    except UnicodeDecodeError:
        raise InvalidParameter(f"`{field.name}` is not UTF-8", field.name) from None
