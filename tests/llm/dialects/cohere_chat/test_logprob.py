"""Logarithms of probabilities."""

from trigate.llm.dialects.cohere_chat.logprob import read_logprobs, write_logprobs


def test_an_item_of_several_tokens_is_several():
    told = read_logprobs([{"text": "Hi", "token_ids": [1, 2], "logprobs": [-0.5, -1]}])
    assert told is not None
    assert [(each["token"], each["logprob"]) for each in told["content"]] == [("Hi", -0.5), ("", -1)]


def test_what_is_written_is_read_again():
    content = {"content": [{"token": "Hi", "logprob": -0.5, "bytes": [72, 105], "top_logprobs": []}]}
    assert read_logprobs(write_logprobs(content)) == content


def test_nonsense_says_nothing():
    assert read_logprobs([7, {"text": "x"}, {"logprobs": ["a"]}]) is None
    assert write_logprobs(None) == write_logprobs({"content": 7}) == write_logprobs({"content": [7]}) == []
