"""Prompts, resources and templates are pinned beside tools: a row says of which kind it is."""

from alembic import op
from sqlalchemy import BigInteger, Column, LargeBinary, PrimaryKeyConstraint, Text

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_REST = "digest, definition, found_digest, found, suspicions, decided_by, decided, seen"


def upgrade() -> None:
    """The table anew, since its key is another one; what is there are tools."""
    op.execute("create table pins_before as select * from pins")
    op.drop_table("pins")
    op.create_table(
        "pins",
        Column("server", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("digest", Text, nullable=False),
        Column("definition", LargeBinary, nullable=False),
        Column("found_digest", Text, nullable=False),
        Column("found", LargeBinary, nullable=False),
        Column("suspicions", Text, nullable=False),
        Column("decided_by", Text, nullable=False),
        Column("decided", BigInteger, nullable=False),
        Column("seen", BigInteger, nullable=False),
        PrimaryKeyConstraint("server", "kind", "name", name="pins_pkey"),
    )
    op.execute(f"insert into pins (server, kind, name, {_REST}) select server, 'tool', tool, {_REST} from pins_before")  # noqa: S608 - constants
    op.drop_table("pins_before")
