"""What callers are told of servers to which they must connect themselves."""

from tests.mcp.connecting import Scene, principal, text_of
from tests.outbound.oauth.authority import Authority


async def test_a_tool_answers_with_the_link_where_a_model_reads_it_and_everything_else_fails() -> None:
    async with Authority() as authority:
        scene = Scene(authority)
        told = await scene.call("ada", "anything")
        assert told["isError"]
        assert "https://gateway.example/connect/" in text_of(told)
        scene.gateway.principal = scene.gateway.principal
        answer = await scene.gateway.modern("prompts/get", {"name": "p"}, path="/mcp/own")
        assert "https://gateway.example/connect/" in answer.message["error"]["message"]
        assert answer.message["error"]["data"]["code"] == "upstream.connection_needed"


async def test_the_record_says_what_was_missing_and_shows_no_link() -> None:
    async with Authority() as authority:
        scene = Scene(authority)
        scene.gateway.principal = scene.gateway.principal
        await scene.gateway.modern("prompts/get", {"name": "p"}, path="/mcp/own")
        record = scene.gateway.records[-1]
        assert record["outcome"] == "upstream.connection_needed"
        assert "connect/" not in str(record)


async def test_a_caller_who_can_be_asked_is_asked_and_its_call_then_goes_on() -> None:
    async with Authority() as authority:
        scene = Scene(authority)
        scene.gateway.principal = principal("ada")
        able = {"io.modelcontextprotocol/clientCapabilities": {"elicitation": {"url": {}}}}
        call = {"name": "anything", "arguments": {}}
        first = (await scene.gateway.modern("tools/call", call, meta=able, path="/mcp/own")).message["result"]
        assert first["resultType"] == "input_required"
        ((key, asked),) = first["inputRequests"].items()
        assert asked["params"]["mode"] == "url"
        await scene.agree(asked["params"]["url"])
        again = call | {"requestState": first["requestState"], "inputResponses": {key: {"action": "accept"}}}
        second = (await scene.gateway.modern("tools/call", again, meta=able, path="/mcp/own")).message["result"]
        assert text_of(second) == "you are a1"
