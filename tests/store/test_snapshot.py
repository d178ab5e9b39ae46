"""The snapshot: ten thousand keys in one go."""

from sqlalchemy import text

from trigate.store import schema
from trigate.store.directory import Key
from trigate.store.identity import Actor
from trigate.store.row import columns_of
from trigate.store.store import Store


def test_ten_thousand_keys_take_a_few_questions(store: Store):
    keys = [Key(id=str(n), name=f"k{n}", prefix="tg_", digest=b"%d" % n) for n in range(10_000)]
    with store.writing() as connection:
        connection.execute(schema.keys.insert(), [columns_of(each) for each in keys])
    found = store.snapshot()
    assert {each.digest for each in found.keys} == {each.digest for each in keys}
    assert len({id(each.lanes) for each in found.keys}) == 1, "what is the same in all of them is held once"


def test_the_revision_of_a_fresh_store_is_zero_and_grows(store: Store):
    assert store.revision() == 0
    from trigate.store.directory import Team

    store.change(Actor("root"), lambda it: it.create(Team(name="a")))
    assert store.revision() == 1
    with store.reading() as connection:
        assert connection.execute(text("SELECT number FROM meta WHERE name = 'revision'")).scalar() == 1
