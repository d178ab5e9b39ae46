"""Who is calling."""

from msgspec import structs
from msgspec.structs import force_setattr

from trigate.core.principal import Principal


def test_what_one_may_do_freely_is_not_so_for_whoever_is_made_out_of_it() -> None:
    principal = Principal("dev", frozenset({"api"}))
    force_setattr(principal, "free", object())
    assert structs.replace(principal, lanes=frozenset()).free is None
    assert principal.free is not None
