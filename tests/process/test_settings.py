"""Settings of the gateway's own processes: nothing that would end those that are well."""

from typing import Any

import pytest

from trigate.core.settings import Duration
from trigate.process.settings import ClusterSettings, ProcessSettings


def test_a_patience_shorter_than_a_few_signs_of_life_is_refused():
    assert ProcessSettings().unresponsive == 10
    with pytest.raises(ValueError, match="at least 3s"):
        ProcessSettings(unresponsive=Duration(2))


FILES = {"certificate_file": "c", "key_file": "k", "ca_file": "a"}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"name": "A b"}, "not a name"),
        ({"peers": {"a": "10.0.0.2:1"}}, "leave this one out"),
        ({"listen": "unix:/x"}, "HOST:PORT"),
        ({"peers": {"b": "nonsense"}}, "not an address"),
    ],
)
def test_a_cluster_that_cannot_work_is_refused(more: dict[str, Any], told: str):
    good: dict[str, Any] = {"name": "a", "listen": "10.0.0.1:8082", "peers": {"b": "10.0.0.2:8082"}, **FILES}
    assert ClusterSettings(**good)
    with pytest.raises(ValueError, match=told):
        ClusterSettings(**good | more)
