"""The tables: how words and absent owners are written down."""

from sqlalchemy import text

from trigate.store.directory import Agent
from trigate.store.identity import Actor
from trigate.store.store import Store


def test_no_owner_is_null_and_several_words_are_a_list(store: Store):
    store.change(Actor("root"), lambda it: it.create(Agent(name="bot", roles=("admin", 'a "b"'))))
    with store.reading() as connection:
        row = connection.execute(text("SELECT organisation, team, roles FROM agents")).one()
    assert tuple(row) == (None, None, '["admin","a \\"b\\""]')
    agent = store.look(Actor("root"), lambda it: it.get(Agent, "bot"))
    assert (agent.organisation, agent.team, agent.roles) == ("", "", ("admin", 'a "b"'))
