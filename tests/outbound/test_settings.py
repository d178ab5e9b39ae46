"""What an operator may set about calls to upstreams."""

import pytest

from trigate.outbound.settings import EgressSettings, OutboundSettings, PoolSettings


def test_defaults_verify_bound_and_refuse():
    settings = OutboundSettings()
    assert settings.tls.verify
    assert (settings.tls.minimum, settings.egress.allow) == ("1.2", ())
    assert all(getattr(settings.timeouts, name) for name in ("connect", "tls", "first_byte", "between_bytes", "tunnel"))


@pytest.mark.parametrize("wrong", [{"max_connections": 0}, {"max_idle": -1}, {"max_waiting": -1}])
def test_a_pool_that_could_lend_nothing_is_refused(wrong: dict[str, int]):
    with pytest.raises(ValueError, match="max_"):
        PoolSettings(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("network", ["10.0.0.1/8", "example.com", ""])
def test_a_network_must_be_one(network: str):
    with pytest.raises(ValueError, match=r"."):
        EgressSettings(deny=(network,))
