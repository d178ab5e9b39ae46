"""The errors of this lane carry the member they are about."""

from trigate.llm.error import InvalidParameter, ModelNotFound


def test_an_error_names_its_member():
    assert InvalidParameter("must be true", "stream").param == "stream"
    assert ModelNotFound("no").param == "model"
    assert ModelNotFound.status == 404
