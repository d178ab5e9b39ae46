"""The first tables: identity, keys, ledger, vault and audit."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    UniqueConstraint,
)

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From nothing to version 1."""
    _parties()
    _keys()
    _documents()
    _ledger()
    _balances()
    _vault()
    _audit()


def _parties() -> None:
    op.create_table(
        "meta",
        Column("name", Text, nullable=False),
        Column("number", BigInteger, server_default="0", nullable=False),
        Column("data", LargeBinary),
        PrimaryKeyConstraint("name", name="meta_pkey"),
    )
    op.create_table(
        "organisations",
        Column("name", Text, nullable=False),
        Column("created", BigInteger, server_default="0", nullable=False),
        PrimaryKeyConstraint("name", name="organisations_pkey"),
    )
    op.create_table(
        "teams",
        Column("name", Text, nullable=False),
        Column("organisation", Text),
        Column("created", BigInteger, server_default="0", nullable=False),
        ForeignKeyConstraint(["organisation"], ["organisations.name"], name="teams_organisation_fkey"),
        PrimaryKeyConstraint("name", name="teams_pkey"),
    )
    op.create_index("teams_organisation", "teams", ["organisation"])
    op.create_table(
        "users",
        Column("name", Text, nullable=False),
        Column("organisation", Text),
        Column("roles", Text, nullable=False),
        Column("created", BigInteger, server_default="0", nullable=False),
        ForeignKeyConstraint(["organisation"], ["organisations.name"], name="users_organisation_fkey"),
        PrimaryKeyConstraint("name", name="users_pkey"),
    )
    op.create_index("users_organisation", "users", ["organisation"])
    op.create_table(
        "memberships",
        Column("user", Text, nullable=False),
        Column("team", Text, nullable=False),
        ForeignKeyConstraint(["team"], ["teams.name"], name="memberships_team_fkey"),
        ForeignKeyConstraint(["user"], ["users.name"], name="memberships_user_fkey", ondelete="CASCADE"),
        PrimaryKeyConstraint("user", "team", name="memberships_pkey"),
    )
    op.create_index("memberships_team", "memberships", ["team"])
    op.create_table(
        "agents",
        Column("name", Text, nullable=False),
        Column("organisation", Text),
        Column("team", Text),
        Column("roles", Text, nullable=False),
        Column("created", BigInteger, server_default="0", nullable=False),
        ForeignKeyConstraint(["organisation"], ["organisations.name"], name="agents_organisation_fkey"),
        ForeignKeyConstraint(["team"], ["teams.name"], name="agents_team_fkey"),
        PrimaryKeyConstraint("name", name="agents_pkey"),
    )
    op.create_index("agents_organisation", "agents", ["organisation"])
    op.create_index("agents_team", "agents", ["team"])


def _keys() -> None:
    op.create_table(
        "keys",
        Column("id", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("prefix", Text, nullable=False),
        Column("digest", LargeBinary, nullable=False),
        Column("previous", LargeBinary, nullable=False),
        Column("previous_until", BigInteger, server_default="0", nullable=False),
        Column("expires", BigInteger, server_default="0", nullable=False),
        Column("revoked", BigInteger, server_default="0", nullable=False),
        Column("user", Text),
        Column("agent", Text),
        Column("team", Text),
        Column("organisation", Text),
        Column("roles", Text, nullable=False),
        Column("lanes", Text, nullable=False),
        Column("models", Text, nullable=False),
        Column("servers", Text, nullable=False),
        Column("routes", Text, nullable=False),
        Column("addresses", Text, nullable=False),
        Column("may_act_for_users", Boolean, nullable=False),
        Column("created", BigInteger, server_default="0", nullable=False),
        Column("created_by", Text, nullable=False),
        ForeignKeyConstraint(["agent"], ["agents.name"], name="keys_agent_fkey"),
        ForeignKeyConstraint(["organisation"], ["organisations.name"], name="keys_organisation_fkey"),
        ForeignKeyConstraint(["team"], ["teams.name"], name="keys_team_fkey"),
        ForeignKeyConstraint(["user"], ["users.name"], name="keys_user_fkey"),
        PrimaryKeyConstraint("id", name="keys_pkey"),
        UniqueConstraint("digest", name="keys_digest_key"),
        UniqueConstraint("name", name="keys_name_key"),
    )
    op.create_index("keys_agent", "keys", ["agent"])
    op.create_index("keys_organisation", "keys", ["organisation"])
    op.create_index("keys_team", "keys", ["team"])
    op.create_index("keys_user", "keys", ["user"])


def _documents() -> None:
    op.create_table(
        "documents",
        Column("kind", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("organisation", Text),
        Column("created", BigInteger, server_default="0", nullable=False),
        ForeignKeyConstraint(["organisation"], ["organisations.name"], name="documents_organisation_fkey"),
        PrimaryKeyConstraint("kind", "name", name="documents_pkey"),
    )
    op.create_index("documents_organisation", "documents", ["organisation"])


def _ledger() -> None:
    op.create_table(
        "ledger",
        Column("id", Text, nullable=False),
        Column("exchange", Text),
        Column("parent", Text),
        Column("time", BigInteger, nullable=False),
        Column("lane", Text, nullable=False),
        Column("route", Text, nullable=False),
        Column("action", Text, nullable=False),
        Column("resource", Text, nullable=False),
        Column("target", Text),
        Column("key", Text),
        Column("user", Text),
        Column("agent", Text),
        Column("team", Text),
        Column("organisation", Text),
        Column("on_behalf_of", Text),
        Column("outcome", Text, nullable=False),
        Column("status", SmallInteger, nullable=False),
        Column("attempts", SmallInteger, nullable=False),
        Column("duration", BigInteger, nullable=False),
        Column("first_byte", BigInteger, nullable=False),
        Column("input_tokens", BigInteger, nullable=False),
        Column("cache_read_tokens", BigInteger, nullable=False),
        Column("cache_write_tokens", BigInteger, nullable=False),
        Column("cache_write_long_tokens", BigInteger, nullable=False),
        Column("output_tokens", BigInteger, nullable=False),
        Column("reasoning_tokens", BigInteger, nullable=False),
        Column("tool_calls", BigInteger, nullable=False),
        Column("bytes_in", BigInteger, nullable=False),
        Column("bytes_out", BigInteger, nullable=False),
        Column("cost", BigInteger, nullable=False),
        Column("estimated", SmallInteger, nullable=False),
        Column("trace", Text),
        PrimaryKeyConstraint("id", name="ledger_pkey"),
        sqlite_with_rowid=False,
    )
    op.create_index("ledger_time", "ledger", ["time"])


def _balances() -> None:
    op.create_table(
        "balances",
        Column("cell", Text, nullable=False),
        Column("start", BigInteger, nullable=False),
        Column("end", BigInteger, server_default="0", nullable=False),
        Column("amount", BigInteger, nullable=False),
        PrimaryKeyConstraint("cell", "start", name="balances_pkey"),
    )
    op.create_table(
        "notices",
        Column("id", Text, nullable=False),
        Column("time", BigInteger, nullable=False),
        Column("limit", Text, nullable=False),
        Column("scope", Text, nullable=False),
        Column("body", LargeBinary, nullable=False),
        PrimaryKeyConstraint("id", name="notices_pkey"),
    )
    op.create_index("notices_time", "notices", ["time"])


def _vault() -> None:
    op.create_table(
        "vault_keys",
        Column("version", Integer, autoincrement=False, nullable=False),
        Column("sealed", LargeBinary, nullable=False),
        Column("created", BigInteger, server_default="0", nullable=False),
        PrimaryKeyConstraint("version", name="vault_keys_pkey"),
    )
    op.create_table(
        "secrets",
        Column("id", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("purpose", Text, nullable=False),
        Column("version", Integer, nullable=False),
        Column("sealed", LargeBinary, nullable=False),
        Column("created", BigInteger, server_default="0", nullable=False),
        Column("changed", BigInteger, server_default="0", nullable=False),
        ForeignKeyConstraint(["version"], ["vault_keys.version"], name="secrets_version_fkey"),
        PrimaryKeyConstraint("id", name="secrets_pkey"),
        UniqueConstraint("name", name="secrets_name_key"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        Column("number", BigInteger, autoincrement=False, nullable=False),
        Column("time", BigInteger, nullable=False),
        Column("actor", Text, nullable=False),
        Column("act", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("organisation", Text, nullable=False),
        Column("detail", Text, nullable=False),
        Column("digest", LargeBinary, nullable=False),
        PrimaryKeyConstraint("number", name="audit_pkey"),
    )
    op.create_index("audit_time", "audit", ["time"])
