"""The TLS contexts of upstream connections."""

import os
import ssl
from pathlib import Path

import pytest
import trustme

from trigate.core.errors import BadConfig
from trigate.core.settings import Secret
from trigate.outbound.settings import TlsSettings
from trigate.outbound.tls import client_context, explain, files_of


def test_by_default_the_system_is_trusted_and_names_are_checked():
    context = client_context(TlsSettings())
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.options & ssl.OP_NO_RENEGOTIATION


def test_an_own_authority_replaces_those_of_the_system_unless_both_are_wanted(tmp_path: Path):
    trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
    alone = client_context(TlsSettings(ca_file=str(tmp_path / "ca.pem")))
    assert len(alone.get_ca_certs()) == 1


def test_verification_is_off_only_when_said():
    assert client_context(TlsSettings(verify=False)).verify_mode is ssl.CERT_NONE
    assert client_context(TlsSettings(minimum="1.3")).minimum_version is ssl.TLSVersion.TLSv1_3


@pytest.mark.parametrize("field", ["ca_file", "certificate_file"])
def test_files_that_are_not_there_or_not_pem_are_refused(field: str, tmp_path: Path):
    with pytest.raises(BadConfig, match="No such file"):
        files_of(TlsSettings(**{field: str(tmp_path / "none.pem")}))  # type: ignore[arg-type]
    (tmp_path / "bad.pem").write_text("nonsense")
    with pytest.raises(BadConfig):
        client_context(TlsSettings(**{field: str(tmp_path / "bad.pem")}))  # type: ignore[arg-type]


def test_a_wrong_password_is_refused_without_showing_it(tmp_path: Path):
    trustme.CA().issue_cert("a").private_key_and_cert_chain_pem.write_to_path(tmp_path / "me.pem")
    settings = TlsSettings(certificate_file=str(tmp_path / "me.pem"), key_password=Secret("geheim"))
    client_context(settings)  # the key has none, so the password is not asked for
    assert "geheim" not in repr(settings)


def test_a_changed_file_is_noticed(tmp_path: Path):
    path = tmp_path / "ca.pem"
    path.write_text("a")
    before = files_of(TlsSettings(ca_file=str(path)))
    assert files_of(TlsSettings(ca_file=str(path))) == before
    os.utime(path, ns=(1, 1))
    assert files_of(TlsSettings(ca_file=str(path))) != before


def test_explanations_say_what_failed():
    assert explain(TimeoutError("too late")) == "too late"
    error = ssl.SSLError(1, "x")
    error.reason = "WRONG_VERSION_NUMBER"
    assert explain(error) == "TLS failed: wrong version number"
