"""A client certificate."""

from trigate.outbound.credentials.mtls import Mtls
from trigate.outbound.settings import TlsSettings


def test_the_targets_own_settings_stay() -> None:
    made = Mtls(certificate_file="a.pem", key_file="a.key").tls(TlsSettings(ca_file="ca.pem"))
    assert (made.ca_file, made.certificate_file, made.key_file) == ("ca.pem", "a.pem", "a.key")


def test_without_settings_of_the_target_the_defaults_hold() -> None:
    made = Mtls(certificate_file="a.pem").tls(TlsSettings())
    assert (made.verify, made.certificate_file) == (True, "a.pem")
