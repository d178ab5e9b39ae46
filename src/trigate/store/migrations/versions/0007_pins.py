"""A table of tools' definitions."""

from alembic import op
from sqlalchemy import BigInteger, Column, LargeBinary, PrimaryKeyConstraint, Text

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table more."""
    op.create_table(
        "pins",
        Column("server", Text, nullable=False),
        Column("tool", Text, nullable=False),
        Column("digest", Text, nullable=False),
        Column("definition", LargeBinary, nullable=False),
        Column("found_digest", Text, nullable=False),
        Column("found", LargeBinary, nullable=False),
        Column("suspicions", Text, nullable=False),
        Column("decided_by", Text, nullable=False),
        Column("decided", BigInteger, nullable=False),
        Column("seen", BigInteger, nullable=False),
        PrimaryKeyConstraint("server", "tool", name="pins_pkey"),
    )
