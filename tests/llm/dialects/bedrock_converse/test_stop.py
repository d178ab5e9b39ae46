"""Why answers end."""

import botocore.session
import pytest

from trigate.llm.dialects.bedrock_converse.stop import read_stop, write_stop
from trigate.llm.reply import Stop

STOPS: list[Stop] = ["end", "length", "sequence", "tool", "filter", "refusal", "pause", "context", "other"]


@pytest.mark.parametrize("stop", STOPS)
def test_clients_get_only_reasons_that_they_know(stop: Stop):
    service = botocore.session.get_session().get_service_model("bedrock-runtime")
    assert write_stop(stop) in service.shape_for("StopReason").enum  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize("stop", ["end", "length", "sequence", "tool", "filter", "context"])
def test_a_reason_comes_back_as_it_was(stop: Stop):
    assert read_stop(write_stop(stop)) == stop


def test_a_new_reason_is_some_other():
    assert read_stop("bored") == "other"
