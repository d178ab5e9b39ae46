"""Certificates: the one for the name asked for, taken over when files change, kept when the new ones are bad."""

import os
import ssl
from pathlib import Path

import pytest
import trustme

from trigate.inbound.certificate import Certificates
from trigate.inbound.settings import CertificateSettings, ListenerTls


class Files:
    """An authority and the files of certificates it signed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = trustme.CA()
        self.faults: list[Exception] = []
        self.age = 0

    def write(self, file: str, *names: str) -> CertificateSettings:
        signed = self.authority.issue_cert(*names)
        certificate, key = self.folder / f"{file}.pem", self.folder / f"{file}.key"
        certificate.write_bytes(b"".join(blob.bytes() for blob in signed.cert_chain_pems))
        key.write_bytes(signed.private_key_pem.bytes())
        self.age += 1
        for path in (certificate, key):
            os.utime(path, ns=(self.age, self.age))
        return CertificateSettings(certificate_file=str(certificate), key_file=str(key))

    def certificates(self, *settings: CertificateSettings, **more: str) -> Certificates:
        return Certificates(ListenerTls(certificates=list(settings), **more), self.faults.append)  # pyright: ignore


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def shown(server: ssl.SSLContext, files: Files, name: str, client: ssl.SSLContext | None = None) -> str:
    """Shake hands in memory, and give the first name of the certificate that was shown."""
    client = client or ssl.create_default_context()
    files.authority.configure_trust(client)
    client.check_hostname = False
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname=name)
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for side in (ours, theirs):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    found = ours.getpeercert()
    assert found is not None
    return str(found["subjectAltName"][0][1])


def test_the_name_picks_the_certificate_and_the_first_is_for_all_others(files: Files):
    found = files.certificates(
        files.write("a", "a.example"), files.write("b", "b.example", "c.example"), files.write("d", "*.d.example")
    )
    assert shown(found.context, files, "a.example") == "a.example"
    assert shown(found.context, files, "C.example") == "b.example"
    assert shown(found.context, files, "x.d.example") == "*.d.example"
    assert shown(found.context, files, "x.y.d.example") == "a.example"
    assert shown(found.context, files, "other.example") == "a.example"


def test_changed_files_are_taken_over_and_bad_ones_are_not(files: Files):
    settings = files.write("a", "old.example")
    found = files.certificates(settings)
    assert found.reload() is False
    files.write("a", "new.example")
    before = found.context
    assert found.reload() is True
    assert shown(found.context, files, "x") == "new.example"
    assert shown(before, files, "x") == "old.example"
    Path(settings.key_file).write_text("not a key")
    assert found.reload() is False
    assert len(files.faults) == 1
    assert shown(found.context, files, "x") == "new.example"
    Path(settings.key_file).unlink()
    found.expire()
    assert shown(found.context, files, "x") == "new.example"


def test_a_caller_without_a_certificate_is_refused_where_one_is_required(files: Files):
    authority = files.folder / "authority.pem"
    files.authority.cert_pem.write_to_path(str(authority))
    found = files.certificates(
        files.write("a", "a.example"), client_ca_file=str(authority), client_certificates="required"
    )
    client = ssl.create_default_context()
    files.authority.issue_cert("caller@a.example").configure_cert(client)
    assert shown(found.context, files, "a.example", client) == "a.example"
    with pytest.raises(ssl.SSLError):
        shown(found.context, files, "a.example")


def test_only_http_1_1_is_offered_and_nothing_older_than_tls_1_2(files: Files):
    context = files.certificates(files.write("a", "a.example")).context
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    strict = files.certificates(files.write("b", "b.example"), minimum_version="1.3").context
    assert strict.minimum_version == ssl.TLSVersion.TLSv1_3


def test_an_encrypted_key_is_refused_with_a_reason(files: Files):
    from cryptography.hazmat.primitives import serialization

    settings = files.write("a", "a.example")
    key = serialization.load_pem_private_key(Path(settings.key_file).read_bytes(), None)
    sealed = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    Path(settings.key_file).write_bytes(sealed)
    with pytest.raises(ValueError, match="encrypted"):
        files.certificates(settings)
