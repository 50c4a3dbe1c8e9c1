"""What a probe of ThaID saw, and which facts and settings follow: pure, without secrets and personal data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from elaas_identity.oidc.token import BearerPrefix
from elaas_identity.person.assurance import IAL
from elaas_identity.person.national_id import NationalID
from elaas_identity.providers.thaid import DEFAULT_SCOPES, Options

Authentication = Literal["percent-encoded Basic", "raw Basic", "form"]
"""How a client shows its secret: by default, `basic_credentials="raw"`, or `client_secret_post`."""

TokenForm = Literal["bare", "Bearer"]
_BARE: frozenset[TokenForm] = frozenset({"bare"})
_BEARER: frozenset[TokenForm] = frozenset({"Bearer"})

NAMES = ("name", "title", "given_name", "middle_name", "family_name", "th_fullname")
"""Claims that a Thai name is read from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """Of a verified ID token: which claims there are, and in which form. None of their values."""

    names: frozenset[str]
    national_ids_in: frozenset[str]
    ial: Literal["a string", "a number", "absent", "unreadable"]

    @classmethod
    def seen(cls, claims: Mapping[str, object]) -> Claims:
        """Forget the values."""
        return cls(
            names=frozenset(claims),
            national_ids_in=frozenset(name for name in ("pid", "sub") if _is_national_id(claims.get(name))),
            ial=_form_of_ial(claims.get("ial")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What one probe saw.

    Attributes:
        discovery: whether what ThaID publishes of itself is what is pinned in the library.
        authentications: those that were taken, the default first.
        encoding_matters: id or secret hold characters that Basic percent-encodes; else its two forms are one.
        pkce_enforced: a wrong code verifier was refused, where a right one was taken after it.
        scopes_asked: what the probe asked for.
        scopes_granted: what the token answer says; None: it does not say.
        introspection: the forms in which a live token was known.
        revocation: the first form in which a token was revoked; None: in neither, or nobody can tell.
    """

    discovery: Literal["as pinned", "another", "unreadable"]
    authentications: tuple[Authentication, ...]
    encoding_matters: bool
    pkce_enforced: bool
    nonce_echoed: bool
    scopes_asked: tuple[str, ...]
    scopes_granted: tuple[str, ...] | None
    claims: Claims
    introspection: frozenset[TokenForm]
    revocation: TokenForm | None
    refresh_token: bool


def facts(seen: Observed) -> tuple[tuple[str, str], ...]:
    """What holds, line by line."""
    claims = seen.claims
    missing = [scope for scope in seen.scopes_asked if scope not in {*claims.names, "openid"}]
    granted = "the answer does not say" if seen.scopes_granted is None else " ".join(seen.scopes_granted)
    return (
        ("discovery", seen.discovery),
        ("client authentication", " or ".join(seen.authentications)),
        (
            "Basic is percent-decoded",
            _yes("percent-encoded Basic" in seen.authentications)
            if seen.encoding_matters
            else "not to be told: id and secret hold nothing that is encoded",
        ),
        ("PKCE is enforced", _yes(seen.pkce_enforced)),
        ("nonce is echoed", _yes(seen.nonce_echoed)),
        ("scopes granted", granted),
        ("claims that were asked for and did not come", " ".join(missing) or "none"),
        ("a national ID stands in", " and ".join(sorted(claims.national_ids_in)) or "neither pid nor sub"),
        ("ial", claims.ial),
        ("auth_time", "present" if "auth_time" in claims.names else "absent"),
        ("a name is made of", " ".join(each for each in NAMES if each in claims.names) or "nothing"),
        ("introspection takes a token", " and ".join(sorted(seen.introspection)) or "in no form tried"),
        ("revocation takes a token", seen.revocation or "in no form tried, or nobody can tell"),
        ("refresh token", "given" if seen.refresh_token else "none"),
    )


def settings(seen: Observed) -> Options:
    """The settings of `ThaID(…)` that differ from the defaults."""
    chosen: Options = {}
    if seen.discovery == "another":
        chosen["metadata"] = None
    if "percent-encoded Basic" not in seen.authentications:
        if "raw Basic" in seen.authentications:
            chosen["basic_credentials"] = "raw"
        else:
            chosen["client_authentication"] = "client_secret_post"
    if seen.pkce_enforced:
        chosen["pkce"] = "proven"
    if not seen.nonce_echoed:
        chosen["nonce"] = "if_returned" if seen.pkce_enforced else "open_to_code_injection"
    if "pid" not in seen.claims.national_ids_in and "sub" in seen.claims.national_ids_in:
        chosen["national_id_from"] = "sub"
    scopes = tuple(scope for scope in seen.scopes_asked if scope in {*seen.claims.names, "openid"})
    if scopes != DEFAULT_SCOPES:
        chosen["scopes"] = scopes
    prefix = _bearer_prefix(seen)
    if prefix != "none":
        chosen["bearer_prefix"] = prefix
    return chosen


def policy(seen: Observed) -> dict[str, object]:
    """The settings of `FlowPolicy(…)` that differ from the defaults."""
    chosen: dict[str, object] = {}
    if seen.claims.ial in ("absent", "unreadable"):
        chosen["minimum_ial"] = None
    if "auth_time" in seen.claims.names:
        chosen["absent_auth_time"] = "refuse"
    return chosen


def warnings(seen: Observed) -> tuple[str, ...]:
    """What no setting mends, or what a setting costs."""
    found = []
    if not seen.nonce_echoed and not seen.pkce_enforced:
        found.append(
            "nothing ties an answer to its attempt: somebody else's authorization code passes for the person's own. "
            "Each sign-in leaves the event identity.nonce_absent."
        )
    if not seen.claims.national_ids_in:
        found.append(
            "no national ID came: ask DOPA for the right to the scope pid. No sign-in works without."
        )
    if not set(NAMES) & seen.claims.names - {"title"}:
        found.append(
            "no name came: ask for the scope name, or given_name and family_name. The page that guards against "
            "relayed QR codes shows nobody's name without."
        )
    if seen.claims.ial in ("absent", "unreadable"):
        found.append("no assurance level came: with minimum_ial=None anybody whom ThaID knows is taken.")
    if seen.revocation == "Bearer" and seen.introspection == _BARE:
        found.append(
            "revocation wants `Bearer `, introspection refuses it: no setting of bearer_prefix has both."
        )
    return tuple(found)


def _bearer_prefix(seen: Observed) -> BearerPrefix:
    if seen.revocation == "Bearer" and seen.introspection != _BARE:
        return "both"
    return "introspection" if seen.introspection == _BEARER else "none"


def _is_national_id(claim: object) -> bool:
    try:
        NationalID(claim if isinstance(claim, str) else "")
    except ValueError:
        return False
    return True


def _form_of_ial(claim: object) -> Literal["a string", "a number", "absent", "unreadable"]:
    if claim is None:
        return "absent"
    if isinstance(claim, str):
        return "unreadable" if IAL.parse_or_none(claim) is None else "a string"
    is_number = isinstance(claim, int | float) and not isinstance(claim, bool)
    return "a number" if is_number and IAL.parse_or_none(str(claim)) is not None else "unreadable"


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"
