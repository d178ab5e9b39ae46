"""Runs the steps on the connection it is given (an Alembic environment; `store/migrate.py` starts it)."""

from alembic import context
from sqlalchemy import Connection

from trigate.store.schema import TABLES

if hasattr(context, "config"):  # else it is only imported, as all modules are when the reference is written
    connection: Connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=TABLES, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
