"""A certificate authority for tests, whose certificates pass the strict checks of Python 3.13 too (F44)."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

LOOPBACK = x509.IPAddress(ip_address("127.0.0.1"))

_SIGNS = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


class Authority:
    """Signs a certificate for a name or an address.

    RFC 5280 wants key identifiers, and a key usage of an authority. `VERIFY_X509_STRICT`, which Python 3.13 sets by
    default, refuses a chain without them.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "an authority for tests")])
        itself = self._signed(
            self._name, self._key.public_key(), x509.BasicConstraints(ca=True, path_length=None), _SIGNS
        )
        self.file = folder / "authority.pem"
        self.file.write_bytes(itself.public_bytes(Encoding.PEM))

    def trusted(self) -> ssl.SSLContext:
        """For a client, as strict as any Python is by default."""
        context = ssl.create_default_context(cafile=self.file)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    def serving(self, alternative: x509.GeneralName = LOOPBACK) -> ssl.SSLContext:
        """For a server of that name or address."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._signed(
            x509.Name([]), key.public_key(), x509.SubjectAlternativeName([alternative])
        )
        file = self._folder / f"{alternative.value}.pem"
        file.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            + certificate.public_bytes(Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _signed(self, subject: x509.Name, key: Any, *critical: x509.ExtensionType) -> x509.Certificate:
        now = datetime.now(UTC)
        own, ours = x509.SubjectKeyIdentifier, x509.AuthorityKeyIdentifier
        builder = (
            x509.CertificateBuilder(self._name, subject, key, x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(own.from_public_key(key), critical=False)
            .add_extension(ours.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        for extension in critical:
            builder = builder.add_extension(extension, critical=True)
        return builder.sign(self._key, hashes.SHA256())
