"""Calls that wait for operators, as rows: a decision is made once, and what was granted is used once."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from trigate.core.clock import clock
from trigate.core.errors import BadRequest, NameConflict, UnknownName
from trigate.store.approval import Approval, Decision
from trigate.store.audit import note
from trigate.store.schema import approvals

STATES = ("pending", "granted", "denied", "used", "expired")
"""What a list may be filtered by; what has expired is what nobody decided or used in time."""
FILTERS = ("key", "user", "agent", "team", "action", "resource", "rule")
MOST = 1000
"""Rows in one answer."""
_COLUMNS = [approvals.c[name] for name in Approval.__struct_fields__]
_SHOWN = [column for column in _COLUMNS if column.name not in ("digest", "sealed")]


def find_approval(connection: Connection, digest: bytes) -> Approval | None:
    """What counts for this call now: a grant before a denial before a question that is still open."""
    live = select(*_COLUMNS).where(
        approvals.c.digest == digest, approvals.c.expires > clock.wall_ns(), approvals.c.state != "used"
    )
    rows = [Approval(**row) for row in connection.execute(live).mappings()]
    for state in ("granted", "denied", "pending"):
        for row in rows:
            if row.state == state:
                return row
    return None


def put_approval(connection: Connection, approval: Approval, most: int) -> bool:
    """Let it wait; false if as many of the same caller's do already."""
    waiting = select(func.count()).where(
        approvals.c.state == "pending", approvals.c.expires > clock.wall_ns(), *_same_caller(approval)
    )
    if connection.execute(waiting).scalar_one() >= most:
        return False
    row = {name: getattr(approval, name) for name in Approval.__struct_fields__}
    connection.execute(insert(approvals).values(**_clean(row)))
    return True


def use_approval(connection: Connection, id: str, digest: bytes) -> bool:
    """Use what was granted: true once, however many ask."""
    granted = update(approvals).where(
        approvals.c.id == id,
        approvals.c.digest == digest,
        approvals.c.state == "granted",
        approvals.c.expires > clock.wall_ns(),
    )
    return connection.execute(granted.values(state="used")).rowcount == 1


def spend_approval(connection: Connection, approval: Approval) -> bool:
    """Write down what was used as it was brought; true for the first, however many bring it."""
    known = select(func.count()).where(approvals.c.id == approval.id)
    if connection.execute(known).scalar_one():
        return False
    row = {name: getattr(approval, name) for name in Approval.__struct_fields__}
    connection.execute(insert(approvals).values(**_clean(row)))
    return True


def decide_approval(  # noqa: PLR0913 - what a decision is
    connection: Connection,
    id: str,
    decision: Decision,
    actor: str,
    *,
    expires: int,
    comment: str = "",
    organisation: str | None = None,
    own: tuple[str, str] = ("", ""),
) -> Approval:
    """Decide one that waits, power-safe, with a row in the audit.

    `organisation` is the tenant outside which nothing is seen; `own` are the key by which the operator came and its
    user, who decide nothing of their own. Raises UnknownName, NameConflict if it waits no more, and BadRequest.
    """
    found = read_approval(connection, id, organisation)
    if any(mine and mine == each for mine, each in zip(own, (found.key, found.user), strict=True)):
        raise BadRequest("nobody approves a call of their own: ask another operator")
    open_still = approvals.c.state == "pending", approvals.c.expires > clock.wall_ns()
    changed = {"state": decision, "decided": clock.wall_ns(), "decided_by": actor, "comment": comment}
    decided = update(approvals).where(approvals.c.id == id, *open_still).values(**_clean(changed), expires=expires)
    if not connection.execute(decided).rowcount:
        raise NameConflict(f"approval {id!r} waits no more: it is {state_of(found)}")
    detail = {"action": found.action, "resource": found.resource, "key": found.key, "rule": found.rule}
    act = "approve" if decision == "granted" else "deny"
    note(connection, actor, act, "approval", id, organisation=found.organisation, detail=detail)
    return read_approval(connection, id, organisation)


def read_approval(connection: Connection, id: str, organisation: str | None = None) -> Approval:
    """The one of this id; raises UnknownName."""
    query = select(*_COLUMNS).where(approvals.c.id == id, *_of_tenant(organisation))
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise UnknownName(f"there is no approval {id!r}")
    return Approval(**row)


def list_approvals(
    connection: Connection, state: str, only: Mapping[str, str], organisation: str | None = None
) -> list[dict[str, Any]]:
    """The latest first, at most MOST, without arguments; `state` is one of STATES, or empty for all.

    Raises BadRequest for other words.
    """
    conditions = [*_of_tenant(organisation), *_in_state(state)]
    for word, value in only.items():
        if word not in FILTERS:
            raise BadRequest(f"approvals cannot be filtered by {word!r}: there are {', '.join(FILTERS)}")
        conditions.append(approvals.c[word] == value)
    query = select(*_SHOWN).where(*conditions).order_by(approvals.c.time.desc(), approvals.c.id).limit(MOST)
    now = clock.wall_ns()
    return [
        dict(row) | {"state": _state(row["state"], row["expires"], now)} for row in connection.execute(query).mappings()
    ]


def state_of(approval: Approval) -> str:
    """The word of STATES for it."""
    return _state(approval.state, approval.expires, clock.wall_ns())


def _state(state: str, expires: int, now: int) -> str:
    return "expired" if state in ("pending", "granted") and expires <= now else state


def _in_state(state: str) -> list[ColumnElement[bool]]:
    if not state:
        return []
    if state not in STATES:
        raise BadRequest(f"no approval is {state!r}: there are {', '.join(STATES)}")
    now, undone = clock.wall_ns(), approvals.c.state.in_(("pending", "granted"))
    if state == "expired":
        return [undone, approvals.c.expires <= now]
    live = [approvals.c.expires > now] if state in ("pending", "granted") else []
    return [approvals.c.state == state, *live]


def _of_tenant(organisation: str | None) -> list[ColumnElement[bool]]:
    return [] if organisation is None else [approvals.c.organisation == organisation]


def _same_caller(approval: Approval) -> list[ColumnElement[bool]]:
    return [approvals.c[name] == getattr(approval, name) for name in ("key", "user", "on_behalf_of")]


def _clean(row: dict[str, Any]) -> dict[str, Any]:
    # PostgreSQL has no character for NUL
    return {name: value.replace("\0", "\ufffd") if isinstance(value, str) else value for name, value in row.items()}
