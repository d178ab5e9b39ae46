"""Problem details."""

import msgspec

from trigate.core.errors import MethodNotAllowed, Overloaded
from trigate.core.parts import field
from trigate.core.problem import error_headers, problem


def test_a_problem_names_code_blame_and_exchange() -> None:
    head, data = problem(Overloaded("try later", retry_after=0.2), "abc")
    told = msgspec.json.decode(data.payload)
    assert (told["status"], told["code"], told["blame"], told["id"]) == (503, "gateway.overloaded", "gateway", "abc")
    assert head.status == 503
    assert field(head.headers, b"content-type") == b"application/problem+json"
    assert field(head.headers, b"retry-after") == b"1"


def test_an_error_brings_the_fields_it_demands() -> None:
    assert error_headers(MethodNotAllowed("no", headers=((b"allow", b"GET"),))) == [(b"allow", b"GET")]
