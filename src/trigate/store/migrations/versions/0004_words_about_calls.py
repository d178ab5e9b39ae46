"""What is said about calls: by their callers, by prompts, and by the bodies that were kept."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From version 2 to version 3."""
    op.add_column("ledger", sa.Column("request", sa.Text))
    op.add_column("ledger", sa.Column("prompt", sa.Text))
    known = sa.text("request IS NOT NULL")
    op.create_index("ledger_request", "ledger", ["request"], sqlite_where=known, postgresql_where=known)
    _feedback()
    _transcripts()


def _feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("team", sa.Text, nullable=False),
        sa.Column("organisation", sa.Text, nullable=False),
        sa.Column("score", sa.BigInteger),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("request", "key", name="feedback_pkey"),
    )
    op.create_index("feedback_time", "feedback", ["time"])


def _transcripts() -> None:
    op.create_table(
        "transcripts",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("team", sa.Text, nullable=False),
        sa.Column("organisation", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="transcripts_pkey"),
    )
    op.create_index("transcripts_expires", "transcripts", ["expires"])
    op.create_index("transcripts_request", "transcripts", ["request"])
    op.create_index("transcripts_time", "transcripts", ["time"])
