"""A table of calls that wait for approval."""

from alembic import op
from sqlalchemy import BigInteger, Column, LargeBinary, PrimaryKeyConstraint, Text

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_WORDS = ("rule", "request", "action", "resource", "key", "user", "agent", "team", "organisation", "on_behalf_of")


def upgrade() -> None:
    """One table more."""
    op.create_table(
        "approvals",
        Column("id", Text, nullable=False),
        Column("time", BigInteger, nullable=False),
        Column("expires", BigInteger, nullable=False),
        Column("state", Text, nullable=False),
        Column("digest", LargeBinary, nullable=False),
        *(Column(name, Text, nullable=False) for name in _WORDS),
        Column("decided", BigInteger, nullable=False),
        Column("decided_by", Text, nullable=False),
        Column("comment", Text, nullable=False),
        Column("sealed", LargeBinary, nullable=False),
        PrimaryKeyConstraint("id", name="approvals_pkey"),
    )
    for column in ("time", "expires", "digest"):
        op.create_index(f"approvals_{column}", "approvals", [column])
