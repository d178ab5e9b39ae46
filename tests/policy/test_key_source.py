"""What is known of an issuer; how it is asked is tried in authenticators/test_jwt.py."""

from tests.policy.issuer import SigningKey, key_set
from trigate.policy.json_web_key import read_key_set
from trigate.policy.key_source import Knowledge


def test_only_other_keys_are_news() -> None:
    knowledge, one, two = Knowledge(), SigningKey("one"), SigningKey("one")
    knowledge.learn(read_key_set(key_set(one).encode()))
    assert knowledge.version == 1
    knowledge.learn(read_key_set(key_set(one).encode()))
    assert knowledge.version == 1
    knowledge.learn(read_key_set(key_set(two).encode()))
    assert knowledge.version == 2
    knowledge.learn(())
    assert knowledge.version == 3
    knowledge.drain()
