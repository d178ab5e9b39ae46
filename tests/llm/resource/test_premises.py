"""What errands work with: whose it is, and who offers what."""

import pytest

from tests.llm.resource.office import OWNER, Office
from trigate.core.principal import Principal
from trigate.llm.error import NotOffered


async def test_the_owner_is_as_the_settings_say():
    assert Office().premises.owner(Principal("dev", frozenset({"llm"}))) == OWNER


async def test_providers_are_asked_where_they_have_such_things():
    premises = Office().premises
    assert premises.path("openai", "openai_files") == b"/files"
    assert premises.path("claude", "anthropic_batches") == b"/v1/messages/batches"
    assert premises.offering("openai_files") == ["openai", "plain"]
    with pytest.raises(NotOffered, match="files"):
        premises.path("claude", "openai_files")
