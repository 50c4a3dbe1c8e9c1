"""An e-mail address as it is typed: refused, or one address that nothing can be smuggled through."""

from __future__ import annotations

import unicodedata

from elaas_identity.errors import Refused
from elaas_identity.mail.address import (
    ADDRESS_OCTETS,
    LOCAL_PART_OCTETS,
    EmailAddress,
    EmailPolicy,
    parse_email,
)
from fuzz import text_of

SEEDS = tuple(
    text.encode()
    for text in (
        "somchai.t+x@example.go.th",
        "  SOMCHAI@EXAMPLE.GO.TH\u200b",
        "สมชาย@ตัวอย่าง.ไทย",
        '"a b"@example.com',
        "a@[127.0.0.1]",
        "=?utf-8?q?a=40b.c?=@example.com",
        "a@example.com, b@example.com",
        "a@example.com\r\nBcc: b@example.com",
        "a@xn--12ca1a8bd5e.xn--o3cw4h",
    )
)


def try_one(data: bytes) -> None:
    """Only `Refused` comes out; what is taken is short, has no control character and is read back the same."""
    try:
        address = parse_email(text_of(data), EmailPolicy())
    except Refused as refused:
        assert "email_invalid" == refused.code
        return
    value = address.value
    assert 1 == value.count("@") and address.domain.isascii() and address.domain == address.domain.lower()
    assert "=?" not in value and not set(' ,;:<>()[]"\\') & set(value)
    assert not [each for each in value if unicodedata.category(each) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Zs")]
    assert (
        len(address.local_part.encode()) <= LOCAL_PART_OCTETS
        and len(address.shown.encode()) <= ADDRESS_OCTETS
    )
    assert address == EmailAddress.restored(value)
    assert value not in repr(address)
