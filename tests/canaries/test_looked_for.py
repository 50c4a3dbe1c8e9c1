"""That the other tests here would find what they look for."""

from __future__ import annotations

import base64
import hashlib
import json
from urllib.parse import quote_plus

from elaas_identity.testing.secrecy import found


def test_every_form_is_looked_for() -> None:
    """The tests below would pass because nothing is ever found."""
    secret = "canary-ก/ä"
    hidden = [
        secret.encode(),
        base64.b64encode(secret.encode()),
        base64.urlsafe_b64encode(secret.encode()),
        secret.encode().hex().encode(),
        quote_plus(secret).encode(),
        json.dumps({"a": secret}).encode(),
        hashlib.sha256(secret.encode()).hexdigest().encode(),
        ascii([secret]).encode(),
    ]
    assert [["it"]] * len(hidden) == [found({"it": secret}, b"before " + text + b" after") for text in hidden]
    assert [] == found({"it": secret}, b"canary-x")
    assert ["it"] == found({"it": "123456"}, b"code=123456&")
    assert [] == found({"it": "123456"}, b"at 1728.123456 or 91234567")
