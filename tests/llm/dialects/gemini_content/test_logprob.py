"""Probabilities of tokens in two forms."""

import pytest

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.dialects.gemini_content.logprob import read_logprobs, write_logprobs

GOOGLE = {
    "chosenCandidates": [{"token": "é", "logProbability": -0.5}],
    "topCandidates": [{"candidates": [{"token": "é", "logProbability": -0.5}, {"token": "e", "logProbability": -2.0}]}],
}


def test_they_come_back_as_they_were():
    assert write_logprobs(read_logprobs(GOOGLE)) == GOOGLE


def test_they_have_the_form_of_openai():
    (token,) = read_logprobs(GOOGLE)["content"]
    assert (token["token"], token["bytes"], len(token["top_logprobs"])) == ("é", [0xC3, 0xA9], 2)


def test_tokens_without_rivals_are_kept():
    assert read_logprobs({"chosenCandidates": [{"token": "a"}]})["content"][0]["top_logprobs"] == []


@pytest.mark.parametrize("result", [5, [], {"chosenCandidates": 5}, {"chosenCandidates": [{"token": 5}]}])
def test_nonsense_is_the_providers_fault(result: object):
    with pytest.raises(UpstreamProtocolError):
        read_logprobs(result)
