"""What a text means is asked for in the caller's name: who may not use the model learns nothing by it."""

from tests.llm.cache.test_semantic import Study, means, said
from trigate.core.action import Action
from trigate.core.errors import Forbidden


async def test_who_may_not_use_the_model_is_answered_without_it(monkeypatch):
    room = Study(said("1"))
    access = room.serve._calls._access
    plain = access.authorize

    def authorize(call, lane, ask):
        if call.action == Action("llm.embeddings", "model/other/embed"):
            raise Forbidden("not this one")
        plain(call, lane, ask)

    monkeypatch.setattr(type(access), "authorize", lambda self, call, lane, ask: authorize(call, lane, ask))
    guest = await room.question("What?")
    assert (guest.said, guest.head.status) == (b"miss", 200)
    assert {each["outcome"] for each in room.spool.records} == {"ok", "access.denied"}


async def test_it_is_asked_for_as_any_caller_would():
    room = Study(means([1.0, 2.0]), said("1"))
    await room.question("What is it?")
    assert room.client.sent[0][1] == b"/v1/embeddings"
    assert b'"input":"What is it?"' in room.client.sent[0][3]
    assert b'"model":"embed"' in room.client.sent[0][3]
