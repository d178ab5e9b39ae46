"""Keys that sign tokens, as rows: the newest signs, those before it are known for as long as their tokens live."""

from sqlalchemy import Connection, delete, insert, select

from trigate.store.login import Signer
from trigate.store.login_row import bump
from trigate.store.schema import signers
from trigate.store.vault import Vault

PURPOSE = "signer"


def list_signers(connection: Connection, now: int) -> tuple[Signer, ...]:
    """Those whose tokens may be in use, the newest first; `now` in nanoseconds since the epoch."""
    live = select(signers).where(signers.c.until > now).order_by(signers.c.created.desc(), signers.c.id)
    return tuple(Signer(**row) for row in connection.execute(live).mappings())


def add_signer(connection: Connection, vault: Vault, signer: Signer, private: str) -> None:
    """A new one, told to every worker; what has run out is forgotten. The transaction must be power-safe."""
    for gone in connection.execute(select(signers.c.id).where(signers.c.until <= signer.created)).scalars().all():
        connection.execute(delete(signers).where(signers.c.id == gone))
        vault.delete(_secret(gone))
    connection.execute(
        insert(signers).values(id=signer.id, public=signer.public, created=signer.created, until=signer.until)
    )
    vault.put(_secret(signer.id), private, PURPOSE)
    bump(connection)


def read_private(vault: Vault, id: str) -> str:
    """The private half; raises UnknownName, and VaultSealed for a wrong master key."""
    return vault.get(_secret(id))


def _secret(id: str) -> str:
    return f"signer {id}"
