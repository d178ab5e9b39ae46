"""Probabilities of tokens: Gemini's `logprobsResult` and the form of OpenAI's chat completions, both ways."""

from typing import Any

from trigate.llm.dialects.gemini_content.spelling import read_list, read_node
from trigate.llm.node import Node, blame_provider


def read_logprobs(result: Any) -> dict[str, Any]:
    """`logprobsResult` in OpenAI's form; raises UpstreamProtocolError."""
    node = read_node(result, blame_provider)
    chosen = [_token(each) for each in read_list(node, "chosenCandidates", blame_provider)]
    likely = [
        [_token(each) for each in read_list(top, "candidates", blame_provider)]
        for top in read_list(node, "topCandidates", blame_provider)
    ]
    likely += [[] for _ in range(len(chosen) - len(likely))]
    return {"content": [each | {"top_logprobs": top} for each, top in zip(chosen, likely, strict=False)]}


def _token(node: Node) -> dict[str, Any]:
    token = node.text("token")
    return {
        "token": token,
        "logprob": node.number("logProbability") or 0.0,
        "bytes": list(token.encode(errors="replace")),
    }


def write_logprobs(logprobs: Any) -> dict[str, Any]:
    """OpenAI's form as `logprobsResult`; raises UpstreamProtocolError."""
    tokens = Node(logprobs, blame_provider).nodes("content")
    result: dict[str, Any] = {"chosenCandidates": [], "topCandidates": []}
    for each in tokens:
        top = each.nodes("top_logprobs")
        result["chosenCandidates"].append(_candidate(each))
        result["topCandidates"].append({"candidates": [_candidate(other) for other in top]})
    return result


def _candidate(node: Node) -> dict[str, Any]:
    return {"token": node.text("token"), "logProbability": node.number("logprob") or 0.0}
