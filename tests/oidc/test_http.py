from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elaas_identity.oidc.http import Request, Response, json_object


def test_an_object() -> None:
    """The happy path."""
    assert {"a": [1, {"b": None}], "ก": "ข"} == json_object('{"a": [1, {"b": null}], "ก": "ข"}'.encode())


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"null",
        b'"{}"',
        b"<html></html>",
        b'{"a": 1',
        b'{"a": 1}}',
        b'{"iss": "a", "iss": "b"}',
        b'{"a": {"b": 1, "b": 1}}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"\xef\xbb\xbf{}",
        '{"a": 1}'.encode("utf-16"),
        b'{"a": "\xff"}',
    ],
    ids=range(17),
)
def test_anything_else_is_a_value_error(text: bytes) -> None:
    """R5.8: truncated, HTML, a member twice, too deep, too large numbers, another encoding: one typed error."""
    with pytest.raises(ValueError, match=r"^not a JSON object$") as caught:
        json_object(text)
    assert caught.value.__context__ is None or caught.value.__suppress_context__


@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:0e-\\u ', max_size=40).map(str.encode))
def test_no_bytes_raise_anything_else(text: bytes) -> None:
    """R5.8: no untyped exception."""
    try:
        value = json_object(text)
    except ValueError:
        return
    assert isinstance(value, dict)


def test_reprs_show_neither_headers_nor_bodies() -> None:
    """R7.2: they hold the client secret, the code and the tokens."""
    headers, body = {"authorization": "s3cret"}, b"s3cret"
    shown = f"{Request(method='POST', url='https://a.example', headers=headers, body=body)}"
    assert "s3cret" not in shown + f"{Response(status=200, headers=headers, body=body)}"
