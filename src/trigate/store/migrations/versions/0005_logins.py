"""Tables of who has logged in: sessions and codes, logins of clients, passwords, and the keys that sign tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Four tables more."""
    _slips()
    _logins()
    op.create_table(
        "passwords",
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        _number("changed"),
        sa.PrimaryKeyConstraint("user", name="passwords_pkey"),
        sa.ForeignKeyConstraint(["user"], ["users.name"], name="passwords_user_fkey", ondelete="CASCADE"),
    )
    op.create_table(
        "signers",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("public", sa.Text, nullable=False),
        _number("created"),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="signers_pkey"),
    )


def _slips() -> None:
    op.create_table(
        "slips",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("login", sa.Text, nullable=False),
        _number("taken"),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="slips_pkey"),
    )
    op.create_index("slips_expires", "slips", ["expires"])
    op.create_index("slips_kind", "slips", ["kind"])


def _logins() -> None:
    words = ("user", "client", "title", "resource", "scope", "how", "key", "servers", "organisation")
    op.create_table(
        "logins",
        sa.Column("id", sa.Text, nullable=False),
        *(sa.Column(word, sa.Text, nullable=False) for word in words),
        *(_number(name) for name in ("generation", "turned", "created", "used")),
        sa.Column("expires", sa.BigInteger, nullable=False),
        _number("ended"),
        sa.PrimaryKeyConstraint("id", name="logins_pkey"),
    )
    for column in ("ended", "expires", "organisation", "user"):
        op.create_index(f"logins_{column}", "logins", [column])


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default="0")
