"""Secrets are looked for as they are, and in every form that can be turned back, a plain hash included."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import logging
import re
import traceback
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import quote, quote_plus

from elaas_identity._discreet import discreet
from elaas_identity.authenticator_app.totp import DIGITS

__all__ = ["assert_no_secret_in", "forms", "found"]


@discreet
def assert_no_secret_in(place: Any, secrets: Mapping[str, str | bytes]) -> None:
    """Check that none of the secrets stands in what was logged, printed, answered or stored.

    Args:
        place: a text or bytes; `caplog`, or log records: message, arguments, extra fields and traceback of each; what
            `capsys.readouterr()` gave; an exception, with those that it came from; an answer of a test client, headers
            and body; or a mapping or list of such.
        secrets: by the name that a failure calls them.

    Raises:
        AssertionError: one does. It names the secret and does not repeat it.
        TypeError: the place is nothing that can be read.
    """
    for text in _texts(place):
        if there := found(secrets, text):
            raise AssertionError(f"there is a secret in {type(place).__name__}: {', '.join(there)}")


def _texts(place: Any) -> Iterator[bytes]:
    if isinstance(place, bytes):
        yield place
    elif isinstance(place, str):
        yield place.encode("utf-8", "surrogatepass")
    elif isinstance(place, logging.LogRecord):
        yield place.getMessage().encode()
        yield repr(vars(place)).encode()
        if place.exc_info and place.exc_info[1]:
            yield from _texts(place.exc_info[1])
    elif isinstance(place, BaseException):
        yield "".join(traceback.format_exception(place)).encode()
        yield repr(place.args).encode() + repr(vars(place)).encode()
    elif hasattr(place, "records") and hasattr(place, "text"):
        yield from _texts(place.text)
        yield from _texts(place.records)
    elif hasattr(place, "headers") and (hasattr(place, "content") or hasattr(place, "get_data")):
        yield from _texts([f"{name}: {value}" for name, value in place.headers.items()])
        yield place.content if hasattr(place, "content") else place.get_data()
    elif isinstance(place, Mapping):
        yield from _texts([part for pair in place.items() for part in pair])
    elif isinstance(place, Iterable):
        for part in place:
            yield from _parts(part)
    else:
        raise TypeError(f"nobody can look for secrets in {type(place).__name__}: give its texts")


def _parts(part: Any) -> Iterator[bytes]:
    """Of a mapping or list: numbers and the like are read as they are shown."""
    return (
        iter([repr(part).encode()]) if part is None or isinstance(part, bool | int | float) else _texts(part)
    )


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
