"""Canaries are looked for as they are, and in every form that undoes itself, a plain hash included."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from urllib.parse import quote, quote_plus

from elaas_identity.authenticator_app.totp import DIGITS


@cache
def forms(secret: str | bytes) -> frozenset[bytes]:
    """The secret as it is, and as whatever writes it may have turned it."""
    raw = secret if isinstance(secret, bytes) else secret.encode()
    written = {raw, binascii.hexlify(raw), binascii.hexlify(raw).upper()}
    digest = hashlib.sha256(raw)
    written |= {digest.hexdigest().encode(), digest.hexdigest().upper().encode(), digest.digest()}
    for plain in (raw, digest.digest()):
        written |= {base64.b64encode(plain).rstrip(b"="), base64.urlsafe_b64encode(plain).rstrip(b"=")}
    if isinstance(secret, str):
        written |= {quote(secret).encode(), quote(secret, safe="").encode(), quote_plus(secret).encode()}
        written |= {json.dumps(secret)[1:-1].encode(), json.dumps(secret, ensure_ascii=False)[1:-1].encode()}
        written |= {repr(secret)[1:-1].encode(), ascii(secret)[1:-1].encode(), secret.encode("utf-16-le")}
    return frozenset(written)


def found(secrets: Mapping[str, str | bytes], haystack: bytes) -> list[str]:
    """The names of the secrets that are in it."""
    return [name for name, secret in secrets.items() if _is_in(secret, haystack)]


def _is_in(secret: str | bytes, haystack: bytes) -> bool:
    if isinstance(secret, str) and len(secret) == DIGITS and secret.isdigit():
        # Six digits stand in many a longer number, such as a time: they are looked for on their own.
        alone = re.compile(rb"(?<![\w.-])" + secret.encode() + rb"(?![\w.-])")
        return alone.search(haystack) is not None or any(
            form in haystack for form in forms(secret) - {secret.encode()}
        )
    return any(form in haystack for form in forms(secret))
