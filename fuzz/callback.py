"""The query of a callback: refused, or read as the standard library's parser reads it, each parameter once."""

from __future__ import annotations

from urllib.parse import parse_qsl

from elaas_identity.errors import Refused
from elaas_identity.keyring import Keyring
from elaas_identity.oidc.authorization import new_proof, parse_callback
from fuzz import text_of

STATE = new_proof(Keyring({"fuzz": bytes(range(32))}, current="fuzz"), bytes(32)).state
SEEDS = tuple(
    query.replace("STATE", STATE).encode()
    for query in (
        "code=abc&state=STATE",
        "?code=a%20b&state=STATE&iss=https%3A%2F%2Fthaid.test",
        "error=access_denied&error_description=%E0%B8%81&state=STATE",
        "code=abc&error=x&state=STATE",
        "code=abc&state=STATE&state=STATE",
        "c%6Fde=abc&state=STATE&=&&;",
    )
)


def try_one(data: bytes) -> None:
    """As bytes and as text: Flask gives the one, everybody else the other."""
    for query in (data, text_of(data)):
        try:
            callback = parse_callback(query)
        except Refused as refused:
            assert "callback_malformed" == refused.code
            continue
        text = query.decode("latin-1") if isinstance(query, bytes) else query
        pairs = parse_qsl(text.removeprefix("?"), keep_blank_values=True, encoding="latin-1")
        assert len(pairs) == len({name for name, _ in pairs})
        read = {
            "state": callback.state,
            "code": callback.code,
            "iss": callback.issuer,
            "error": callback.error,
        }
        given = dict(pairs)
        assert read == {name: given.get(name) or None for name in read}
        assert (read["code"] is None) != (read["error"] is None)
