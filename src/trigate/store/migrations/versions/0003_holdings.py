"""A table of what providers keep for callers."""

from alembic import op
from sqlalchemy import BigInteger, Column, LargeBinary, PrimaryKeyConstraint, Text

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table more."""
    op.create_table(
        "holdings",
        Column("id", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("owner", Text, nullable=False),
        Column("time", BigInteger, nullable=False),
        Column("settled", BigInteger, server_default="0", nullable=False),
        Column("body", LargeBinary, nullable=False),
        PrimaryKeyConstraint("id", name="holdings_pkey"),
    )
    op.create_index("holdings_time", "holdings", ["time"])
    op.create_index("holdings_owner_kind_time", "holdings", ["owner", "kind", "time"])
