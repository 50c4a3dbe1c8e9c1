"""The keyring: what only its keys can make and open, and that keys rotate without losing anything."""

from __future__ import annotations

import base64
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elaas_identity.errors import Misconfigured
from elaas_identity.keyring import Keyring

OLD = bytes(range(32))
NEW = bytes(range(32, 64))
OLD_TEXT = base64.urlsafe_b64encode(OLD).decode()

before = Keyring({"2026a": OLD}, current="2026a")
accepting = Keyring({"2026a": OLD, "2026b": NEW}, current="2026a")
promoted = Keyring({"2026a": OLD, "2026b": NEW}, current="2026b")
retired = Keyring({"2026b": NEW}, current="2026b")
impostor = Keyring({"2026a": NEW}, current="2026a")

any_text = st.text(st.characters(codec=None, categories=None), max_size=40)


def misconfigured(problem: pytest.ExceptionInfo[Misconfigured]) -> str:
    assert "keyring" == problem.value.code
    return problem.value.detail


@pytest.mark.parametrize("secret", [bytes(31), base64.urlsafe_b64encode(bytes(31)).decode(), b"", ""])
def test_a_short_secret_is_refused(secret: str | bytes) -> None:
    """A guessable key would protect every stored value."""
    with pytest.raises(Misconfigured) as problem:
        Keyring({"2026a": secret}, current="2026a")

    assert "fewer than 32 bytes" in misconfigured(problem)
    assert "`elaas-identity keygen`" in problem.value.detail


@pytest.mark.parametrize("secret", [OLD, OLD_TEXT, OLD_TEXT.rstrip("="), f" {OLD_TEXT}\n"])
def test_32_bytes_are_taken_raw_or_as_base64url(secret: str | bytes) -> None:
    """A secret with its padding, or with a line end from a file, would make another key."""
    assert before.index("k", "v") == Keyring({"2026a": secret}, current="2026a").index("k", "v")


@pytest.mark.parametrize("text", ["not base64url!" * 4, "ก" * 64, "A" * 45, "a/b+" * 16, "\ud800" * 50])
def test_a_secret_that_is_not_base64url_is_refused_and_not_repeated(text: str) -> None:
    """A mistyped secret would become another key silently, or stand in a log."""
    with pytest.raises(Misconfigured) as problem:
        Keyring({"2026a": text}, current="2026a")

    assert "is not base64url" in misconfigured(problem)
    assert text not in str(problem.value)


@pytest.mark.parametrize("key_id", ["", "A", "2026.a", "2026_a", "a" * 17, "a\n", "๑", "a b"])
def test_a_malformed_id_is_refused_and_not_repeated(key_id: str) -> None:
    """A dot in an id would make stored values ambiguous; an id and secret that were swapped would be shown."""
    with pytest.raises(Misconfigured) as problem:
        Keyring({key_id: OLD}, current=key_id)

    assert "a key's id is 1 to 16 of a-z, 0-9 and -" == misconfigured(problem)


@pytest.mark.parametrize("key_id", ["a", "2026-b", "a" * 16])
def test_an_id_of_1_to_16_is_taken(key_id: str) -> None:
    """A portal's own names for keys would be refused."""
    assert key_id == Keyring({key_id: OLD}, current=key_id).current


def test_one_secret_under_two_names_is_refused() -> None:
    """A rotation would change nothing and look done."""
    with pytest.raises(Misconfigured) as problem:
        Keyring({"2026a": OLD, "2026b": OLD_TEXT}, current="2026a")

    assert "two keys have the same secret" in misconfigured(problem)


def test_a_current_key_that_is_not_there_is_refused() -> None:
    """New values could not be made, and the first person would find out."""
    with pytest.raises(Misconfigured) as problem:
        Keyring({"2026a": OLD, "2026b": NEW}, current=OLD_TEXT)

    assert "(2026a, 2026b)" in misconfigured(problem)
    assert OLD_TEXT not in str(problem.value)


def test_an_empty_keyring_says_how_to_make_a_key() -> None:
    """A developer who starts would not know what to do."""
    with pytest.raises(Misconfigured) as problem:
        Keyring({}, current="2026a")

    assert "`elaas-identity keygen`" in misconfigured(problem)


def test_a_fresh_secret_makes_a_keyring() -> None:
    """What keygen prints would not be taken."""
    assert before.index("k", "v") == Keyring({"2026a": Keyring.fresh_secret(OLD)}, current="2026a").index(
        "k", "v"
    )
    with pytest.raises(ValueError):
        Keyring.fresh_secret(OLD[:31])


def environ(keys: str, current: str | None = None) -> dict[str, str]:
    named = {} if current is None else {"ELAAS_IDENTITY_CURRENT_KEY": current}
    return {"ELAAS_IDENTITY_KEYS": keys} | named


NEW_TEXT = Keyring.fresh_secret(NEW)


def test_from_env_reads_several_keys_and_the_current_one() -> None:
    """A deployment could not rotate by its environment alone."""
    read = Keyring.from_env(environ(f"2026a:{OLD_TEXT}, 2026b:{NEW_TEXT},\n", " 2026b "))

    assert promoted.indexes("k", "v") == read.indexes("k", "v")


def test_from_env_needs_no_current_key_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The simplest deployment would need a second variable."""
    monkeypatch.setenv("ELAAS_IDENTITY_KEYS", f"2026b:{NEW_TEXT}")
    monkeypatch.delenv("ELAAS_IDENTITY_CURRENT_KEY", raising=False)

    assert "2026b" == Keyring.from_env().current


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({}, "set ELAAS_IDENTITY_KEYS"),
        (environ(" , "), "set ELAAS_IDENTITY_KEYS"),
        (environ(OLD_TEXT), "entry 1 of ELAAS_IDENTITY_KEYS"),
        (environ(f"2026a:{OLD_TEXT},{NEW_TEXT}"), "entry 2 of ELAAS_IDENTITY_KEYS"),
        (environ(f"2026a:{OLD_TEXT},2026a:{NEW_TEXT}"), "entry 2 of ELAAS_IDENTITY_KEYS"),
        (environ(f"2026a:{OLD_TEXT},2026b:{NEW_TEXT}"), "name one in ELAAS_IDENTITY_CURRENT_KEY"),
        (environ(f"2026a:{OLD_TEXT}", "2026b"), "the current key is not among"),
        (environ(f"2026a:{OLD_TEXT}:x"), "is not base64url"),
    ],
)
def test_from_env_says_what_to_change_and_never_the_secret(variables: dict[str, str], says: str) -> None:
    """A mistake in the environment would be guessed at, or printed with the secret in it."""
    with pytest.raises(Misconfigured) as problem:
        Keyring.from_env(variables)

    assert says in misconfigured(problem)
    assert OLD_TEXT not in str(problem.value)
    assert NEW_TEXT not in str(problem.value)


@given(any_text, any_text)
def test_an_index_is_recognised_and_names_its_key(kind: str, value: str) -> None:
    """A person could not be looked up (R7.4)."""
    index = before.index(kind, value)

    assert index.startswith("2026a.")
    assert 6 + 43 == len(index)
    assert before.same_index(index, kind, value)
    assert not before.same_index(index, kind, value + "x")
    assert not before.same_index(index, kind + "x", value)
    assert not impostor.same_index(index, kind, value)


@given(st.lists(any_text, max_size=4), st.lists(any_text, max_size=4))
def test_a_digest_tells_every_list_of_parts_apart(parts: list[str], others: list[str]) -> None:
    """A code of one flow and account would pass for another's (R3.3)."""
    digest = before.digest("k", *parts)

    assert before.same_digest(digest, "k", *parts)
    assert (parts == others) == before.same_digest(digest, "k", *others)
    assert not impostor.same_digest(digest, "k", *parts)


def test_parts_do_not_run_into_one_another() -> None:
    """ "ab" with "c" would be "a" with "bc": one account's value would stand for another's."""
    digests = {
        before.digest(kind, *parts)
        for kind, *parts in ("ab", ("ab", "c"), ("a", "bc"), ("abc",), ("abc", ""))
    }

    assert 5 == len(digests)


def test_no_value_passes_for_one_of_another_use() -> None:
    """A value that the store shows would open what another use protects."""
    index, digest = before.index("k", "v"), before.digest("k", "v")
    derived = before.derive("k", "2026a", "v")
    assert derived is not None
    raw = base64.urlsafe_b64encode(derived).rstrip(b"=").decode()

    assert 3 == len({index, digest, f"2026a.{raw}"})
    assert not before.same_digest(index, "k", "v")
    assert not before.same_index(digest, "k", "v")


@given(any_text)
def test_what_is_no_index_or_digest_is_no_match(stored: str) -> None:
    """Damaged store data would raise where it is compared."""
    assert not before.same_index(stored, "k", "v")
    assert not before.same_digest(stored, "k", "v")
    assert not before.same_index(f"2026a.{stored}", "k", "v")
    assert not before.same_digest(f"2026a.{stored}", "k", "v")


def test_derive_follows_from_use_key_and_message() -> None:
    """State, nonce and verifier would be one value, or another at the callback (R5.1)."""
    derived = before.derive("nonce", "2026a", "message")

    assert derived is not None
    assert 32 == len(derived)
    assert derived == promoted.derive("nonce", "2026a", "message")
    others = [("nonce", "2026b", "message"), ("verifier", "2026a", "message"), ("nonce", "2026a", "another")]
    assert 4 == len({derived, *(promoted.derive(*other) for other in others)})
    assert before.derive("nonce", "2026b", "message") is None


@given(any_text, any_text)
def test_what_is_sealed_opens_in_its_place(context: str, plaintext: str) -> None:
    """A person's data would be lost or changed by the store (R7.4)."""
    assert plaintext == before.open(context, before.seal(context, plaintext))


def test_what_is_sealed_hides_the_plaintext() -> None:
    """A dump of the store would show it (R7.4)."""
    sealed = before.seal("account.person:1", "1234567890121")

    raw = base64.urlsafe_b64decode(sealed.removeprefix("2026a.") + "===")
    assert b"1234567890121" not in raw
    assert "1234567890121" not in sealed


@given(any_text, any_text)
def test_what_is_sealed_opens_in_no_other_place(context: str, another: str) -> None:
    """Somebody who can write the store could move one person's identity into another's account."""
    sealed = before.seal(context, "plaintext")

    if another == context:
        return
    with pytest.raises(Misconfigured) as problem:
        before.open(another, sealed)
    assert "does not open" in misconfigured(problem)


def test_a_change_at_any_place_is_noticed() -> None:
    """A sealed value could be changed in the store without notice (R7.4)."""
    sealed = before.seal("c", "plaintext")
    tampered = [
        sealed[:place] + other + sealed[place + 1 :]
        for place in range(len(sealed))
        for other in "Ab0-_.=é\ud800"
        if other != sealed[place]
    ]

    for text in [*tampered, sealed + "A", sealed + "=", sealed[:-1], sealed[1:], sealed.replace(".", "")]:
        with pytest.raises(Misconfigured) as problem:
            before.open("c", text)
        assert problem.value.__cause__ is None
        misconfigured(problem)


@given(any_text)
def test_what_is_not_sealed_is_a_typed_error(text: str) -> None:
    """Damaged store data would raise an error of the cipher's."""
    for sealed in (text, f"2026a.{text}"):
        with pytest.raises(Misconfigured) as problem:
            before.open("c", sealed)
        misconfigured(problem)


def test_an_unknown_key_is_named_so_that_it_can_be_added() -> None:
    """An administrator would not know which key was dropped too early; foreign text would reach the log."""
    with pytest.raises(Misconfigured) as problem:
        retired.open("c", before.seal("c", "x"))
    assert "'2026a'" in misconfigured(problem)

    with pytest.raises(Misconfigured) as problem:
        retired.open("c", "\x1b[31mFOREIGN.x")
    assert "FOREIGN" not in str(problem.value)


def test_values_of_an_earlier_version_are_still_known() -> None:
    """An upgrade would lose every account, binding and browser: these were made when the formats were fixed."""
    assert before.same_index("2026a.EiYbRIjLhyPX4KzNMpfze_XQobQfCRXSlgGeCBxztY0", "kind", "ก")
    assert before.same_digest("2026a.rw7rioeyIS0mZhpeCTjPJrSMfwqINRtP8jfLELeRo7I", "kind", "ก", "b")
    assert "ก" == before.open("context", "2026a.r-uy0SeBVI3-snYJZN1pzj00XHs")
    assert before.is_browser_token("2026a.AAAAAAAAAAAAAAAAAAAAAA.iuGdmg4yXrkeSRoxT-FtpjmRZP4xGGaSOIpT0HQtMiM")
    derived = bytes.fromhex("f3bd4222cffeaccac131b41a2b1a3a0e5ccef19dd7d3533ed5e112d644ad8d09")
    assert derived == before.derive("nonce", "2026a", "m")


def test_accept_then_promote_loses_nothing() -> None:
    """A rotation would lock people out, or machines that are deployed one after the other would not agree (R7.4)."""
    for writer, reader in (
        (before, accepting),
        (accepting, before),
        (accepting, promoted),
        (promoted, accepting),
    ):
        assert reader.same_index(writer.index("k", "v"), "k", "v")
        assert reader.same_digest(writer.digest("k", "v"), "k", "v")
        assert "x" == reader.open("c", writer.seal("c", "x"))
        assert reader.is_browser_token(writer.mint_browser_token(bytes(16)))


def test_the_current_key_writes_and_every_key_is_looked_up() -> None:
    """Values would go on being made under the key that is to be dropped, or old ones would not be found (R7.4)."""
    old, new = before.index("k", "v"), retired.index("k", "v")

    assert (old, new) == accepting.indexes("k", "v")
    assert (new, old) == promoted.indexes("k", "v")
    assert new == promoted.index("k", "v")
    written = (promoted.digest("k", "v"), promoted.seal("c", "x"), promoted.mint_browser_token(bytes(16)))
    assert all(value.startswith("2026b.") for value in written)


def test_a_retired_key_opens_nothing() -> None:
    """A key that has leaked would be of use after it was replaced (R7.4)."""
    assert not retired.same_index(before.index("k", "v"), "k", "v")
    assert not retired.same_digest(before.digest("k", "v"), "k", "v")
    assert not retired.is_browser_token(before.mint_browser_token(bytes(16)))
    assert retired.derive("nonce", "2026a", "m") is None
    with pytest.raises(Misconfigured):
        retired.open("c", before.seal("c", "x"))


def test_after_resealing_the_old_key_opens_nothing() -> None:
    """Who stole the old key could read what was sealed again under the new one (R7.4)."""
    resealed = promoted.seal("c", promoted.open("c", before.seal("c", "x")))

    assert "x" == retired.open("c", resealed)
    for key_id in ("2026a", "2026b"):
        with pytest.raises(Misconfigured):
            Keyring({key_id: OLD}, current=key_id).open("c", resealed)


@given(st.binary(min_size=16, max_size=64))
def test_a_minted_token_is_known_to_its_keyring_alone(random: bytes) -> None:
    """A token that somebody else made would name a browser."""
    token = before.mint_browser_token(random)

    assert before.is_browser_token(token)
    assert not impostor.is_browser_token(token)
    assert token.isascii()
    assert len(token) <= 147


def test_the_longest_token_is_known() -> None:
    """A portal with a long key id would know no browser."""
    longest = Keyring({"k" * 16: OLD}, current="k" * 16)
    token = longest.mint_browser_token(bytes(64))

    assert 147 == len(token)
    assert longest.is_browser_token(token)


@pytest.mark.parametrize("size", [0, 15, 65])
def test_a_token_carries_16_to_64_random_bytes(size: int) -> None:
    """A browser's token could be guessed, or would outgrow its cookie."""
    with pytest.raises(ValueError):
        before.mint_browser_token(bytes(size))


def test_a_token_carries_its_random_bytes() -> None:
    """Two browsers would have one token."""
    assert before.mint_browser_token(bytes(16)) != before.mint_browser_token(bytes(15) + b"\x01")


def test_a_token_changed_at_any_place_is_none() -> None:
    """One token would have several spellings, or could be forged."""
    token = before.mint_browser_token(OLD)

    changed = [
        token[:place] + other + token[place + 1 :]
        for place in range(len(token))
        for other in "Ab0-_.=é\ud800"
        if other != token[place]
    ]
    assert not [
        text
        for text in [*changed, token + "=", token + ".", token[:-1], "", "."]
        if before.is_browser_token(text)
    ]


@settings(max_examples=300)
@given(any_text)
def test_no_text_makes_it_raise(text: str) -> None:
    """A hostile cookie would be a server error."""
    assert not any(before.is_browser_token(each) for each in (text, f"2026a.{text}", f"2026a.{text}.{text}"))


def test_a_huge_token_is_none() -> None:
    """A huge cookie would be worked through."""
    assert not before.is_browser_token("2026a." + "A" * 10_000_000)


def test_the_repr_shows_names_only_and_pickle_is_refused() -> None:
    """The secrets would stand in a log, or in what a worker process is sent (R7.2)."""
    assert "Keyring(2026a, 2026b; current: 2026b)" == repr(promoted)
    with pytest.raises(TypeError):
        pickle.dumps(promoted)
    with pytest.raises(TypeError):
        vars(promoted)


def test_r7_4_what_was_made_under_the_current_key_is_told_from_what_was_not() -> None:
    """A digest that a retired key alone can compare would be kept as if it were good for something."""
    for made in (promoted.index("a", "b"), promoted.digest("a", "b"), promoted.seal("a", "b")):
        assert promoted.is_current(made)
        assert not accepting.is_current(made)
    assert not promoted.is_current(accepting.digest("a", "b"))
    assert promoted.is_known(accepting.digest("a", "b"))
    assert not promoted.is_known("gone.digest")
