"""Enrolling an app: what its QR code says and shows, and when it counts."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord, rekeyed, removed
from elaas_identity.authenticator_app.enrolment import LABEL_LENGTH, otpauth_uri, qr_svg
from elaas_identity.authenticator_app.recovery_codes import use_recovery_code
from elaas_identity.authenticator_app.totp import check, fresh_secret
from elaas_identity.errors import Misconfigured
from elaas_identity.keyring import Keyring
from tests.authenticator_app.apps import (
    NOW,
    STEP,
    confirm,
    counting,
    enrolled,
    keyring,
    rotated,
    shown,
    without_the_old,
)

SECRET = fresh_secret(bytes)
HOSTILE = ":\"><script>alert(1)</script>&amp;'?secret=AAAA&issuer=x#/:@\r\n"


def modules(svg: str) -> tuple[tuple[int, ...], ...]:
    """Which modules a browser would draw dark, from the strokes of the path; without the quiet zone."""
    root = ElementTree.fromstring(svg)
    size = int(root.attrib["viewBox"].split()[2])
    (strokes,) = [path for path in root if "stroke" in path.attrib]
    dark = [[0] * size for _ in range(size)]
    x, y = 0.0, 0.0
    for command, numbers in re.findall(r"([Mmh])([-\d. ]+)", strokes.attrib["d"]):
        values = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
        match command:
            case "M":
                x, y = values
            case "m":
                x, y = x + values[0], y + values[1]
            case _:
                for column in range(int(x), int(x + values[0])):
                    dark[int(y)][column] = 1
                x += values[0]
    assert not any(any(row) for row in (*dark[:4], *dark[-4:]))
    return tuple(tuple(row[4:-4]) for row in dark[4:-4])


def test_the_qr_code_is_that_of_the_uri() -> None:
    """A phone would scan nothing, or another secret."""
    uri = otpauth_uri(SECRET, issuer="New e-LAAS", account="laas-530101")
    expected = segno.make_qr(uri, error="m")

    assert tuple(tuple(row) for row in expected.matrix) == modules(qr_svg(uri))


def test_the_svg_is_shapes_and_nothing_else() -> None:
    """A label would bring a script into the page, or the image fetch something and give the secret away."""
    svg = qr_svg(otpauth_uri(SECRET, issuer=HOSTILE, account=HOSTILE))
    root = ElementTree.fromstring(svg)

    assert {"svg", "path"} == {element.tag for element in root.iter()}
    assert {"viewBox", "class", "fill", "stroke", "d"} == {
        name for element in root.iter() for name in element.attrib
    }
    assert not [element.text for element in root.iter() if element.text]
    assert not [part for part in ("script", "http", "url(", "@import", "alert", SECRET) if part in svg]


def test_it_is_black_on_white_in_a_dark_page() -> None:
    """In a dark page the code would be light on dark, which many phones do not read."""
    root = ElementTree.fromstring(qr_svg("otpauth://totp/x"))
    ground, strokes = root
    _, _, width, height = root.attrib["viewBox"].split()

    assert {"fill": "#fff", "d": f"M0 0h{width}v{height}h-{width}z"} == ground.attrib
    assert "#000" == strokes.attrib["stroke"]


def test_without_segno_the_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The portal's developer would be left with a ModuleNotFoundError."""
    monkeypatch.setitem(sys.modules, "segno", None)
    with pytest.raises(Misconfigured) as problem:
        qr_svg("otpauth://totp/x")

    assert "extra_missing" == problem.value.code
    assert 'segno: pip install "elaas-identity[totp]"' == problem.value.detail


def test_the_uri_is_what_apps_read() -> None:
    """An app would not know the format, or compute by another algorithm than we do."""
    uri = otpauth_uri(SECRET, issuer="New e-LAAS", account="laas-530101")

    assert f"otpauth://totp/New%20e-LAAS:laas-530101?secret={SECRET}&issuer=New%20e-LAAS" == uri


def test_labels_stay_labels() -> None:
    """A username would put a secret or an issuer of its own into the URI."""
    parts = urlsplit(otpauth_uri(SECRET, issuer=HOSTILE, account=HOSTILE))
    label = HOSTILE.replace(":", " ")[:LABEL_LENGTH]

    assert ("otpauth", "totp", "") == (parts.scheme, parts.netloc, parts.fragment)
    assert f"/{label}:{label}" == unquote(parts.path)
    assert {"secret": [SECRET], "issuer": [label]} == parse_qs(parts.query)


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_names_give_a_uri_with_our_secret(issuer: str, account: str) -> None:
    """A strange name would leave a person without a QR code, or with a secret that is not theirs."""
    uri = otpauth_uri(SECRET, issuer=issuer, account=account)

    assert [SECRET] == parse_qs(urlsplit(uri).query)["secret"]
    assert uri.isascii()
    assert 1 == urlsplit(uri).path.count(":") + (not issuer)


def test_the_longest_names_fit_into_a_qr_code() -> None:
    """A long name would leave a person without a QR code."""
    widest = "\U0001f3db" * 300

    assert qr_svg(otpauth_uri(SECRET, issuer=widest, account=widest)).startswith("<svg ")


def test_a_right_code_makes_the_app_count() -> None:
    """An enrolment could not be finished, or be finished without the phone."""
    app = enrolled()

    assert confirm(app, shown(enrolled(phone=2).uri, NOW)) is None
    fresh = confirm(app, shown(app.uri, NOW))
    assert fresh is not None
    assert fresh.record.is_confirmed
    assert ("binding-1", 0) == (fresh.record.id, fresh.record.version)
    assert check(keyring, fresh.record, shown(app.uri, NOW + STEP), NOW + STEP) is not None


@pytest.mark.parametrize("steps", [-2, -1, 0, 1, 2])
def test_the_code_that_confirms_is_one_of_now(steps: int) -> None:
    """A code that somebody noted down before would finish the enrolment for them (ASVS 6.5.5)."""
    app = enrolled()

    assert (steps in (-1, 0, 1)) == (confirm(app, shown(app.uri, NOW + steps * STEP)) is not None)


def test_the_secret_can_be_typed_by_hand() -> None:
    """Without a camera nobody could enrol, or the app would show other codes."""
    app = enrolled()

    assert re.fullmatch("[A-Z2-7]{32}", app.secret)
    assert [app.secret] == parse_qs(urlsplit(app.uri).query)["secret"]


def test_the_code_that_confirms_is_used_up() -> None:
    """Who saw the code on the screen would sign in with it (ASVS 6.5.1)."""
    uri, fresh = counting(NOW)

    assert int(NOW.timestamp()) // 30 == fresh.record.last_used_step
    assert check(keyring, fresh.record, shown(uri, NOW), NOW) is None


def test_the_new_app_ends_the_one_before_and_its_recovery_codes() -> None:
    """A lost phone, and the sheet that was with it, would go on opening the account."""
    old_uri, old = counting()
    app = enrolled(phone=2)
    new = confirm(app, shown(app.uri, NOW), existing=old.record)

    assert new is not None
    assert check(keyring, new.record, shown(old_uri, NOW + STEP), NOW + STEP) is None
    assert use_recovery_code(keyring, new.record, old.codes[0]) is None
    assert check(keyring, new.record, shown(app.uri, NOW + STEP), NOW + STEP) is not None
    assert use_recovery_code(keyring, new.record, new.codes[0]) is not None


def test_the_new_app_is_written_over_the_one_before() -> None:
    """Of two who change the app at once both would be told that theirs counts (R9.5)."""
    _, old = counting()
    app = enrolled(phone=2)
    new = confirm(app, shown(app.uri, NOW), existing=replace(old.record, version=7))

    assert new is not None
    assert ("binding-1", 7) == (new.record.id, new.record.version)


def test_the_old_phone_does_not_confirm_the_new_one() -> None:
    """An enrolment that somebody began elsewhere would be finished with the phone that is there already."""
    old_uri, old = counting()

    assert confirm(enrolled(phone=2), shown(old_uri, NOW), existing=old.record) is None


def test_an_app_is_not_written_over_another_bindings() -> None:
    """A mistake of a caller's would make one person's phone open another's account (R6.5)."""
    _, old = counting()
    app = enrolled(phone=2)
    with pytest.raises(Misconfigured) as problem:
        confirm(app, shown(app.uri, NOW), existing=old.record, binding_id="binding-2")

    assert "keyring" == problem.value.code


def test_of_a_removed_app_nothing_counts() -> None:
    """After a re-issue who has the lost phone, or its sheet, would still have the second factor."""
    uri, fresh = counting()
    record = removed(fresh.record)

    assert not record.is_confirmed
    assert check(keyring, record, shown(uri, NOW), NOW) is None
    assert [None] * 10 == [use_recovery_code(keyring, record, code) for code in fresh.codes]
    assert record == replace(fresh.record, secret_sealed=None, recovery_codes_sealed=())


def test_after_a_removed_app_another_is_enrolled() -> None:
    """Who was re-issued would never have a second factor again, or would get back the recovery codes before."""
    _, old = counting()
    app = enrolled(phone=2)
    new = confirm(app, shown(app.uri, NOW), existing=removed(old.record))

    assert new is not None
    assert new.record.is_confirmed
    assert use_recovery_code(keyring, new.record, old.codes[0]) is None
    assert use_recovery_code(keyring, new.record, new.codes[0]) is not None


def test_a_record_moves_to_the_current_key() -> None:
    """With the old key gone nobody's app or recovery code would work any more (R7.4)."""
    uri, fresh = counting()
    moved = rekeyed(rotated, fresh.record)

    assert "2027a" == moved.key_id
    sealed = (moved.secret_sealed, *moved.recovery_codes_sealed)
    assert ["2027a"] * 11 == [str(text).partition(".")[0] for text in sealed]
    assert check(without_the_old, moved, shown(uri, NOW), NOW) is not None
    assert use_recovery_code(without_the_old, moved, fresh.codes[9]) is not None
    assert (fresh.record.id, fresh.record.last_used_step) == (moved.id, moved.last_used_step)


def test_a_removed_app_moves_too() -> None:
    """The change of keys would break on it, or never end (R7.4)."""
    assert AuthenticatorRecord(id="b", key_id="2027a") == rekeyed(
        rotated, AuthenticatorRecord(id="b", key_id="2026a")
    )


@pytest.mark.parametrize("keys", [rotated, without_the_old])
def test_what_is_written_under_the_new_key_is_so_as_a_whole(keys: Keyring) -> None:
    """A record would stand under one key with parts of it under another, and be lost with that one; or an app whose key
    is lost could never be replaced (R7.4)."""
    _, old = counting()
    app = enrolled(phone=2)
    new = confirm(app, shown(app.uri, NOW), existing=old.record, keys=keys)

    assert new is not None
    assert "2027a" == new.record.key_id
    assert check(without_the_old, new.record, shown(app.uri, NOW + STEP), NOW + STEP) is not None
    assert use_recovery_code(without_the_old, new.record, new.codes[0]) is not None
