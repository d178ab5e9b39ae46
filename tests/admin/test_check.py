"""What may be kept at run time."""

import pytest

from trigate.admin.check import check_document
from trigate.core.errors import BadRequest


def test_a_rule_of_the_files_form_is_accepted() -> None:
    check_document("access", "x", b'{"team":"support","allow":["llm.*"]}')


@pytest.mark.parametrize("body", [b'{"team":"${HOME}","allow":["llm.*"]}', b'{"allow":1}', b"[]", b'{"unknown":1}'])
def test_anything_else_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        check_document("access", "x", body)
