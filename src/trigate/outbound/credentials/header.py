"""A key or token in a header field, as it stands in the configuration."""

import re

from trigate.core.fields import HOP_BY_HOP
from trigate.core.parts import Headers
from trigate.core.settings import Secret
from trigate.outbound.credential import Credential

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+").fullmatch
_NOT_OURS_TO_SET = {each.decode() for each in HOP_BY_HOP} | {"host", "content-length", "content-type", "expect"}
_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?").fullmatch


class Header(Credential):
    """Sends `name: scheme value`, by default `authorization: Bearer VALUE`."""

    value: Secret
    """The key or token."""
    name: str = "authorization"
    """The header field, such as `x-api-key`."""
    scheme: str | None = None
    """Word before the value; left out: `Bearer` in `authorization`, none in other fields."""

    def __post_init__(self) -> None:
        if not _NAME(self.name):
            raise ValueError(f"{self.name!r} is not the name of a header field")
        if self.name.lower() in _NOT_OURS_TO_SET:
            raise ValueError(f"{self.name!r} belongs to the connection or the message: no credential travels in it")
        if not _VALUE(self.value.reveal()):
            raise ValueError("value must be printable ASCII without spaces at its ends: it travels in a header")
        if self.scheme and not _NAME(self.scheme):
            raise ValueError(f"{self.scheme!r} is not a scheme such as Bearer")

    def fields(self) -> Headers:
        """The one field."""
        name = self.name.lower()
        scheme = ("Bearer" if name == "authorization" else "") if self.scheme is None else self.scheme
        return [(name.encode(), f"{scheme} {self.value.reveal()}".strip().encode())]

    def secrets(self) -> tuple[bytes, ...]:
        """The value."""
        return (self.value.reveal().encode(),)
