"""Providers of the catalogue and of clouds, over real connections: where an ask goes, with what proof, and as what."""

import json
from collections.abc import Callable
from typing import Any

from tests.journeys.caller import Caller, Got, head
from tests.journeys.conftest import Gateway
from tests.journeys.fortress import Asked, Fortress
from tests.outbound.issuer import Issuer

Start = Callable[[str], Gateway]
CANARY = "canary-secret-4711"
CONFIG = """
llm:
  providers:
    groq: {{ kind: groq, base_url: '{url}/v1', api_key: {canary} }}
    entra: {{ kind: azure_openai, resource: mine, base_url: '{url}/v1/azure', api_key: {canary} }}
    ibm:
      kind: watsonx
      base_url: '{url}/v1'
      project_id: project-1
      credential: {{ kind: ibm_iam, api_key: {canary}, token_url: '{token_url}' }}
    aws:
      kind: sagemaker
      base_url: '{url}/v1'
      region: us-east-1
      credential:
        {{ kind: sigv4, service: sagemaker, region: us-east-1, access_key_id: id-1, secret_access_key: {canary} }}
"""


async def ask(running: Gateway, model: str) -> Got:
    """A chat with a model."""
    body = json.dumps({"model": model, "messages": [{"role": "user", "content": "Hi"}]}).encode()
    async with await Caller.connect(running.port) as caller:
        caller.send(head("POST", "/v1/chat/completions", f"content-length: {len(body)}") + body)
        got = await caller.answer("POST")
        assert got.status == 200, got.raw
        return got


def said(asked: Asked) -> dict[str, Any]:
    """The members of a body beside the messages."""
    return {name: value for name, value in json.loads(asked.body).items() if name != "messages"}


async def test_each_is_asked_in_its_own_way(gateway: Start) -> None:
    async with Issuer((200, {"access_token": "canary-token-1", "expires_in": 3600})) as issuer, Fortress() as upstream:
        running = gateway(CONFIG.format(url=upstream.url, canary=CANARY, token_url=f"{issuer.url}/identity/token"))
        granite = "ibm/ibm/granite"
        for model in ("groq/openai/gpt-oss-120b", "entra/gpt-5.2", granite, granite, "aws/my-endpoint"):
            await ask(running, model)
        groq, entra, ibm, again, aws = upstream.asked
        assert (groq.target, groq.authorization) == ("/v1/chat/completions", f"Bearer {CANARY}")
        assert said(groq) == {"model": "openai/gpt-oss-120b"}
        assert (entra.target, entra.values("api-key")) == ("/v1/azure/chat/completions", [CANARY])
        assert ibm.target.startswith("/v1/ml/v1/text/chat?version=")
        assert {ibm.authorization, again.authorization} == {"Bearer canary-token-1"}
        assert said(ibm) == {"model_id": "ibm/granite", "project_id": "project-1"}
        assert len(issuer.asked) == 1
        assert aws.target == "/v1/endpoints/my-endpoint/invocations"
        assert "/us-east-1/sagemaker/aws4_request" in aws.authorization
        assert said(aws) == {}
        assert running.stop() == 0
