"""Shelves: bytes with a lifetime."""

from alembic import op
from sqlalchemy import BigInteger, Column, LargeBinary, PrimaryKeyConstraint, Text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From version 1 to version 2."""
    op.create_table(
        "shelves",
        Column("shelf", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("ends", BigInteger, nullable=False),
        Column("size", BigInteger, nullable=False),
        Column("value", LargeBinary, nullable=False),
        PrimaryKeyConstraint("shelf", "key", name="shelves_pkey"),
    )
    op.create_index("shelves_ends", "shelves", ["ends"])
