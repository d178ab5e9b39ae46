"""The tables: what every row of the store is made of."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

from trigate.store.column import Owner, Words

TABLES = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s",
    }
)


def _owner(name: str, *, index: bool = False) -> Column[str]:
    return Column(name, Owner, ForeignKey(f"{name}s.name"), index=index)


def _moment(name: str = "created") -> Column[int]:
    """Nanoseconds since the epoch; 0 for never."""
    return Column(name, BigInteger, nullable=False, server_default="0")


meta = Table(
    "meta",
    TABLES,
    Column("name", Text, primary_key=True),
    Column("number", BigInteger, nullable=False, server_default="0"),
    Column("data", LargeBinary),
)
"""Single facts: `revision` of identity, the sealed `pepper`, head of the `audit` chain."""

organisations = Table("organisations", TABLES, Column("name", Text, primary_key=True), _moment())

teams = Table("teams", TABLES, Column("name", Text, primary_key=True), _owner("organisation", index=True), _moment())

users = Table(
    "users",
    TABLES,
    Column("name", Text, primary_key=True),
    _owner("organisation", index=True),
    Column("roles", Words, nullable=False),
    _moment(),
)

memberships = Table(
    "memberships",
    TABLES,
    Column("user", Text, ForeignKey("users.name", ondelete="CASCADE"), primary_key=True),
    Column("team", Text, ForeignKey("teams.name"), primary_key=True, index=True),
)

agents = Table(
    "agents",
    TABLES,
    Column("name", Text, primary_key=True),
    _owner("organisation", index=True),
    _owner("team", index=True),
    Column("roles", Words, nullable=False),
    _moment(),
)

keys = Table(
    "keys",
    TABLES,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("prefix", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("previous", LargeBinary, nullable=False),
    _moment("previous_until"),
    _moment("expires"),
    _moment("revoked"),
    _owner("user", index=True),
    _owner("agent", index=True),
    _owner("team", index=True),
    _owner("organisation", index=True),
    Column("roles", Words, nullable=False),
    Column("lanes", Words, nullable=False),
    Column("models", Words, nullable=False),
    Column("servers", Words, nullable=False),
    Column("routes", Words, nullable=False),
    Column("addresses", Words, nullable=False),
    Column("may_act_for_users", Boolean, nullable=False),
    _moment(),
    Column("created_by", Text, nullable=False),
)

documents = Table(
    "documents",
    TABLES,
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    _owner("organisation", index=True),
    _moment(),
)

ledger = Table(
    "ledger",
    TABLES,
    Column("id", Text, primary_key=True),
    Column("exchange", Text),
    Column("parent", Text),
    Column("time", BigInteger, nullable=False, index=True),
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
    Column("request", Text),
    Column("prompt", Text),
    sqlite_with_rowid=False,
)
"""One row for every call, never changed. What is the same as in `id`, or was never said, is NULL and takes no room.

Every index costs as much as the row: there is one, for the span of time that every question has, and one of the rows
whose callers brought an id of their own (`request`). Ids of one process ascend, so that rows are put at the end.
"""

_BROUGHT = ledger.c.request.is_not(None)
_BY_REQUEST = Index(None, ledger.c.request, sqlite_where=_BROUGHT)


def speak_postgresql() -> None:
    """Say what is meant in the words of PostgreSQL, too; apart, because it loads all there is for that database."""
    _BY_REQUEST.dialect_options["postgresql"]["where"] = _BROUGHT


feedback = Table(
    "feedback",
    TABLES,
    Column("request", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("time", BigInteger, nullable=False, index=True),
    Column("user", Text, nullable=False),
    Column("team", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("score", BigInteger),
    Column("label", Text, nullable=False),
    Column("comment", Text, nullable=False),
)
"""What callers said of a request, the latest word of each key; scores are whole millionths.

Whether somebody may speak of a request shows when it is read together with the ledger: a word may come before its row.
"""

transcripts = Table(
    "transcripts",
    TABLES,
    Column("id", Text, primary_key=True),
    Column("request", Text, nullable=False, index=True),
    Column("time", BigInteger, nullable=False, index=True),
    Column("expires", BigInteger, nullable=False, index=True),
    *(Column(each, Text, nullable=False) for each in ("key", "user", "team", "organisation", "model", "target")),
    Column("outcome", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)
"""Asks and answers that were kept, sealed with a key made of the master key; each says when it is to be removed."""

balances = Table(
    "balances",
    TABLES,
    Column("cell", Text, primary_key=True),
    Column("start", BigInteger, primary_key=True),
    Column("end", BigInteger, nullable=False, server_default="0"),
    Column("amount", BigInteger, nullable=False),
)
"""What each budget has settled in each of its windows; always the sum of the charges of the ledger's rows."""

notices = Table(
    "notices",
    TABLES,
    Column("id", Text, primary_key=True),
    Column("time", BigInteger, nullable=False, index=True),
    Column("limit", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""Thresholds that were reached."""

shelves = Table(
    "shelves",
    TABLES,
    Column("shelf", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("ends", BigInteger, nullable=False, index=True),
    Column("size", BigInteger, nullable=False),
    Column("value", LargeBinary, nullable=False),
)
"""Bytes with a lifetime, which may be forgotten at any time."""

vault_keys = Table(
    "vault_keys",
    TABLES,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),
    _moment(),
)
"""The keys that secrets are sealed with, themselves sealed with the master key."""

secrets = Table(
    "secrets",
    TABLES,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("purpose", Text, nullable=False),
    Column("version", Integer, ForeignKey("vault_keys.version"), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    _moment(),
    _moment("changed"),
)

audit = Table(
    "audit",
    TABLES,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("time", BigInteger, nullable=False, index=True),
    *(Column(each, Text, nullable=False) for each in ("actor", "act", "kind", "name", "organisation", "detail")),
    Column("digest", LargeBinary, nullable=False),
)
"""Who did what to what; each row's digest covers the one before."""

holdings = Table(
    "holdings",
    TABLES,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("time", BigInteger, nullable=False, index=True),
    Column("settled", BigInteger, nullable=False, server_default="0"),
    Column("body", LargeBinary, nullable=False),
    Index("holdings_owner_kind_time", "owner", "kind", "time"),
)
"""What providers keep for callers, such as files and batches: whose it is, and whether it has been paid for."""

slips = Table(
    "slips",
    TABLES,
    Column("digest", LargeBinary, primary_key=True),
    Column("kind", Text, nullable=False, index=True),
    Column("login", Text, nullable=False),
    Column("user", Text, nullable=False, server_default="", index=True),
    _moment("taken"),
    Column("expires", BigInteger, nullable=False, index=True),
    Column("body", LargeBinary, nullable=False),
)
"""What a secret stands for, for a while: browsers' sessions, codes, clients that registered themselves."""

logins = Table(
    "logins",
    TABLES,
    Column("id", Text, primary_key=True),
    Column("user", Text, nullable=False, index=True),
    *(Column(each, Text, nullable=False) for each in ("client", "title", "resource", "scope", "how", "key")),
    Column("servers", Words, nullable=False),
    Column("organisation", Text, nullable=False, index=True),
    Column("generation", BigInteger, nullable=False, server_default="0"),
    _moment("turned"),
    _moment(),
    _moment("used"),
    Column("expires", BigInteger, nullable=False, index=True),
    Column("ended", BigInteger, nullable=False, server_default="0", index=True),
)
"""Clients that people let use an endpoint in their name."""

passwords = Table(
    "passwords",
    TABLES,
    Column("user", Text, ForeignKey("users.name", ondelete="CASCADE"), primary_key=True),
    Column("hash", Text, nullable=False),
    _moment("changed"),
)

signers = Table(
    "signers",
    TABLES,
    Column("id", Text, primary_key=True),
    Column("public", Text, nullable=False),
    _moment(),
    Column("until", BigInteger, nullable=False),
)
"""The public halves of keys that tokens are signed with; the private ones are in the vault."""

approvals = Table(
    "approvals",
    TABLES,
    Column("id", Text, primary_key=True),
    Column("time", BigInteger, nullable=False, index=True),
    Column("expires", BigInteger, nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False, index=True),
    *(Column(each, Text, nullable=False) for each in ("rule", "request", "action", "resource", "key", "user")),
    *(Column(each, Text, nullable=False) for each in ("agent", "team", "organisation", "on_behalf_of")),
    Column("decided", BigInteger, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)
"""Calls that wait for operators, and what was decided; their arguments are sealed with a key made of the master key."""

pins = Table(
    "pins",
    TABLES,
    Column("server", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("definition", LargeBinary, nullable=False),
    Column("found_digest", Text, nullable=False),
    Column("found", LargeBinary, nullable=False),
    Column("suspicions", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),
)
"""Tools, prompts and resources as they were approved, and as their servers give them now."""

connections = Table(
    "connections",
    TABLES,
    Column("id", Text, primary_key=True),
    *(Column(each, Text, nullable=False) for each in ("server", "subject", "kind", "organisation", "team")),
    Column("user", Text, nullable=False, index=True),
    *(Column(each, Text, nullable=False) for each in ("issuer", "scope")),
    *(_moment(each) for each in ("created", "changed")),
    UniqueConstraint("server", "subject"),
)
"""What people allowed the gateway to do in their names at tool servers; the vault has what proves it."""
