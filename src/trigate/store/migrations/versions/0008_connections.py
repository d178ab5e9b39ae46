"""A table of what people allowed the gateway to do in their names at tool servers."""

from alembic import op
from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint, Text, UniqueConstraint

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table more."""
    op.create_table(
        "connections",
        Column("id", Text, nullable=False),
        Column("server", Text, nullable=False),
        Column("subject", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("organisation", Text, nullable=False),
        Column("team", Text, nullable=False),
        Column("user", Text, nullable=False),
        Column("issuer", Text, nullable=False),
        Column("scope", Text, nullable=False),
        Column("created", BigInteger, server_default="0", nullable=False),
        Column("changed", BigInteger, server_default="0", nullable=False),
        PrimaryKeyConstraint("id", name="connections_pkey"),
        UniqueConstraint("server", "subject", name="connections_server_key"),
    )
    op.create_index("connections_user", "connections", ["user"])
