"""Whose a browser's session or a code is, so that they end with the user's password."""

from alembic import op
from sqlalchemy import Column, Text

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column more; sessions and codes of before have nobody, and end by themselves within hours."""
    op.add_column("slips", Column("user", Text, nullable=False, server_default=""))
    op.create_index("slips_user", "slips", ["user"])
