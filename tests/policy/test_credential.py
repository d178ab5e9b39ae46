"""From where a key may be used, and for whom it may act."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.core.errors import BadRequest, Forbidden
from trigate.core.principal import Principal
from trigate.policy import credential as module
from trigate.policy.credential import Credential, lies_in, read_networks, read_user

BASE = Principal("dev", frozenset({"llm"}), team="support", access="worked out", limits="worked out")


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("10.1.2.3", True),
        ("10.2.0.1", False),
        ("::ffff:10.1.2.3", True),
        ("2001:db8::1", True),
        ("2001:db9::1", False),
        ("fe80::1%eth0", False),
        ("unix", False),
        ("", False),
    ],
)
def test_a_key_bound_to_networks_counts_only_from_there(address: str, inside: bool) -> None:
    networks = read_networks(("10.1.0.0/16", "2001:db8::/32"))
    assert lies_in(address, networks) is inside
    if not inside:
        with pytest.raises(Forbidden):
            Credential(networks=networks).check_address(address)
    else:
        Credential(networks=networks).check_address(address)
    Credential().check_address(address)


def test_an_end_user_has_one_principal_of_its_own() -> None:
    credential = Credential(may_act_for_users=True)
    ada = credential.on_behalf(BASE, "ada")
    assert (ada.on_behalf_of, ada.key, ada.team, ada.access, ada.limits) == ("ada", "dev", "support", None, None)
    assert credential.on_behalf(BASE, "ada") is ada
    assert credential.on_behalf(BASE, "bob") is not ada
    credential.forget_users()
    assert credential.on_behalf(BASE, "ada") is not ada


def test_a_key_that_may_not_act_for_others_is_refused() -> None:
    with pytest.raises(Forbidden):
        Credential().on_behalf(BASE, "ada")


def test_the_principals_of_end_users_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_USERS", 3)
    credential = Credential(may_act_for_users=True)
    for number in range(10):
        credential.on_behalf(BASE, str(number))
    assert credential.acting is not None
    assert len(credential.acting) == 3


@pytest.mark.parametrize("value", [b"", b"\xff", b"x" * 257, "a\u202eb".encode(), b"a\tb", "a\u200bb".encode()])
def test_a_name_that_nobody_could_read_is_refused(value: bytes) -> None:
    with pytest.raises(BadRequest):
        read_user(value)


@given(st.binary(max_size=300))
def test_whatever_is_sent_as_a_user_is_a_printable_name_or_refused(value: bytes) -> None:
    try:
        user = read_user(value)
    except BadRequest:
        return
    assert user.isprintable()
    assert user.encode() == value
