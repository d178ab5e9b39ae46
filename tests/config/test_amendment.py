"""What may be made at run time."""

import pytest

from trigate.config.amendment import check_document, read_limit
from trigate.core.errors import BadRequest
from trigate.policy.limits.budget import Budget
from trigate.store.directory import Document

BUDGET = b'{"kind":"budget","usd":"12.50","window":"month","per":["team"]}'


def test_a_limit_is_what_the_file_would_hold() -> None:
    limit = read_limit(Document(kind="limit", name="teams", body=BUDGET))
    assert isinstance(limit, Budget)
    (quota,) = limit.quotas()
    assert quota.law.capacity == 12_500_000_000
    assert quota.name == "teams"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("access", b'{"team":"${HOME}","allow":["llm.*"]}'),
        ("access", b'{"allow":1}'),
        ("access", b"[]"),
        ("limit", b'{"kind":"budget","usd":"${HOME}"}'),
        ("limit", b'{"kind":"none"}'),
        ("limit", b'{"usd":1}'),
        ("limit", b'{"kind":"budget","usd":-1}'),
        ("limit", b"[]"),
        ("limit", b'{"kind":"rate","requests":1,"window":"1m","on":["nonsense !"]}'),
    ],
)
def test_anything_else_is_refused(kind: str, body: bytes) -> None:
    with pytest.raises(BadRequest):
        check_document(kind, "x", body)  # type: ignore[arg-type]


def test_what_is_good_is_accepted() -> None:
    check_document("access", "x", b'{"team":"support","allow":["llm.*"]}')
    check_document("limit", "x", BUDGET)


def test_a_limit_is_called_as_it_is_kept_and_never_like_another():
    body = b'{"kind": "rate", "name": "%b", "requests": 5, "window": "1m"}'
    assert read_limit(Document(kind="limit", name="a", body=body % b"a")).name == "a"
    with pytest.raises(ValueError, match="leave `name` out"):
        read_limit(Document(kind="limit", name="a", body=body % b"b"))
