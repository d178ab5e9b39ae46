"""How much output an ask allows, where one member says it, at the top of the body or one level down."""

import msgspec
from msgspec import Raw, Struct

from trigate.core.errors import BadRequest
from trigate.llm.error import InvalidParameter
from trigate.llm.member import Members, read_members, write_members
from trigate.llm.output_bound import LIKELY, UNBOUNDED

Path = tuple[str, ...]
"""Names from the top of the body downward, one or two of them."""
_number = msgspec.json.Decoder(int | float | None).decode


class MemberBound(Struct, frozen=True):
    """What an ask says of the length of its answer."""

    path: Path
    limit: int | None
    """Tokens of each answer; None if the ask sets no bound."""
    choices: int = 1
    """Answers that are asked for at once."""

    def most(self, field: str) -> int | None:
        """The most tokens of output, of all answers together; `field` is of no concern."""
        limit = self.limit
        return None if limit is None or limit * self.choices > UNBOUNDED else limit * self.choices

    def likely(self, field: str) -> int:
        """What the output will probably be."""
        return min(self.limit or LIKELY, LIKELY) * self.choices

    def share(self, tokens: int) -> int:
        """Tokens of each answer that keep all together within `tokens`; raises InvalidParameter if that is none."""
        each = tokens // self.choices
        if each < 1:
            raise InvalidParameter(f"the limits leave {max(tokens, 0)} tokens, not enough for this ask", self.path[-1])
        return each if self.limit is None else min(each, self.limit)

    def lowered(self, members: Members, field: str, tokens: int) -> Members:
        """The member of the body that keeps all answers together within `tokens`."""
        each = Raw(b"%d" % self.share(tokens))
        if len(self.path) == 1:
            return {self.path[0]: each}
        top, name = self.path
        inner = _inner(members, self.path)
        return {top: Raw(write_members({**inner, name: each}))}


def read_member_bound(members: Members, path: Path, choices: Path = ()) -> MemberBound:
    """Raises InvalidParameter where a number cannot be read: a provider might read it as something else."""
    count = _read(members, choices) if choices else None
    return MemberBound(path, _read(members, path), 1 if count is None else count)


def _read(members: Members, path: Path) -> int | None:
    """A member that counts something; None if it is not there or null."""
    if len(path) == 2:
        members = _inner(members, path)
    raw = members.get(path[-1])
    if raw is None:
        return None
    try:
        value = _number(raw)
    except msgspec.DecodeError:
        value = 0.5
    if value is None:
        return None
    if value % 1 or value <= 0:
        name = ".".join(path)
        raise InvalidParameter(f"`{name}` must be a whole number above 0", name)
    return int(value) if value <= UNBOUNDED else None


def _inner(members: Members, path: Path) -> Members:
    """The members of an object that is a member; raises InvalidParameter if it is none, or has the bound misspelt."""
    name, inner = path
    raw = members.get(name)
    if raw is None or bytes(raw) == b"null":
        return {}
    try:
        return read_members(bytes(raw), frozenset({inner}))
    except BadRequest as error:
        raise InvalidParameter(f"`{name}`: {error.message}", name) from None
