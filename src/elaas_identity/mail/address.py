"""The e-mail address that a person states: its syntax, without asking anybody (R8.2).

Whether mail arrives there is for the one-time code to prove. `providers/deliverability.py` asks the DNS, where a policy
wants that; nothing here does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta

from email_validator import validate_email

from elaas_identity._discreet import discreet
from elaas_identity.errors import Misconfigured, Refused
from elaas_identity.person.typed import trimmed

LOCAL_PART_OCTETS = 64
"""RFC 5321 §4.5.3.1.1. Octets, so a Thai local part has at most 21 letters."""

ADDRESS_OCTETS = 254
"""What fits between the angle brackets of a path of 256 (RFC 5321 §4.5.3.1.3, RFC 3696 erratum 1690)."""

ROLE_NAMES = frozenset(
    (
        *("abuse", "admin", "administrator", "hostmaster", "info", "mailer-daemon", "no-reply"),
        *("noreply", "postmaster", "root", "security", "support", "webmaster"),
    )
)
"""Local parts that name an office and not a mailbox that a person reads (RFC 2142, and habit). `saraban`, the official
mailbox of every Thai agency, is none of them."""

DISPOSABLE_DOMAINS = frozenset(
    (
        *("10minutemail.com", "guerrillamail.com", "maildrop.cc", "mailinator.com"),
        *("sharklasers.com", "temp-mail.org", "yopmail.com"),
    )
)
"""A few domains whose mailboxes anyone may read: `EmailPolicy(refused_domains=DISPOSABLE_DOMAINS)`. There are thousands
more; a portal that minds them keeps a list of its own."""

_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_MASK = "•••"


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class EmailPolicy:
    """Which addresses are taken. The defaults take every address that can receive mail.

    Attributes:
        check_deliverability: ask the DNS whether the domain takes mail. A resolver that is down refuses nobody (R8.3).
        deliverability_timeout: how long the DNS may take. Our choice: a page waits no longer.
        refuse_role_addresses: refuse those of `ROLE_NAMES`.
        refused_domains: refused together with what is below them; in ASCII and lower case (`xn--…` for a Thai one).

    Raises:
        Misconfigured: `policy`, for a refused domain in another form, which would never match.
    """

    check_deliverability: bool = False
    deliverability_timeout: timedelta = timedelta(seconds=5)
    refuse_role_addresses: bool = False
    refused_domains: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for domain in self.refused_domains:
            if not _DOMAIN.fullmatch(domain):
                detail = f"EmailPolicy: refused_domains: {domain!r} is no domain in ASCII and lower case"
                raise Misconfigured("policy", detail=detail)
        if self.deliverability_timeout <= timedelta(0):
            raise Misconfigured("policy", detail="EmailPolicy: deliverability_timeout: longer than nothing")


@discreet
@dataclass(frozen=True, slots=True, repr=False)
class EmailAddress:
    """An address with right syntax, made by `parse_email`. It is personal data: its repr shows nothing of it.

    Attributes:
        local_part: as it was typed, since only the mailbox's own server knows whether case matters (RFC 5321 §2.4).
        domain: in ASCII and lower case.
        domain_shown: in Unicode, for people.
    """

    local_part: str = field(repr=False)
    domain: str = field(repr=False)
    domain_shown: str = field(repr=False)

    @classmethod
    def restored(cls, text: str) -> EmailAddress:
        """The address whose `value` was sealed. Only for what the keyring opened: its syntax is not checked again.

        Raises:
            Misconfigured: `store_schema`, when something else was sealed.
        """
        local_part, _, domain = text.rpartition("@")
        if not local_part or not domain:
            raise Misconfigured(
                "store_schema",
                detail="a sealed address is in no format known here: run the elaas-identity that wrote it",
            )
        if "xn--" in domain:  # rare, and only the validator knows how it is shown
            return parse_email(text, EmailPolicy())
        return cls(local_part, domain, domain)

    @property
    def value(self) -> str:
        """The address to send to, its domain in ASCII."""
        return f"{self.local_part}@{self.domain}"

    @property
    def shown(self) -> str:
        """The address as its owner reads and corrects it, its domain in Unicode."""
        return f"{self.local_part}@{self.domain_shown}"

    @property
    def masked(self) -> str:
        """What a page or a mail shows: enough for its owner to see a slip, too little for anybody else.

        A domain beyond ASCII has its ASCII form beside it: letters of another script can look like one's own.
        """
        seen = {1: 0, 2: 1, 3: 1}.get(len(self.local_part), 2)
        ascii_form = "" if self.domain_shown == self.domain else f" ({self.domain})"
        return f"{self.local_part[:seen]}{_MASK}@{self.domain_shown}{ascii_form}"

    @property
    def index_form(self) -> str:
        """What budgets count by: without case, so that a mailbox has no second budget under `SOMCHAI@…`."""
        return f"{self.local_part.casefold()}@{self.domain}"

    @property
    def needs_smtputf8(self) -> bool:
        """Whether only a server that offers SMTPUTF8 can take it (RFC 6531)."""
        return not self.local_part.isascii()

    def __repr__(self) -> str:
        return f"EmailAddress({_MASK!r})"


def parse_email(text: str, policy: EmailPolicy, *, field: str = "email") -> EmailAddress:
    """The one address that a person typed or pasted; white space and format characters around it are dropped.

    No display name, comment, quoted local part, address literal or second address is taken, no control or
    bidirectional character, and no encoded word, which Python's `email` would decode into a header (cpython #121650).

    Raises:
        Refused: `email_invalid`, or `email_not_allowed` where the policy says so; both for that field.
    """
    typed = trimmed(text)
    try:
        if len(typed.encode()) > ADDRESS_OCTETS or "=?" in typed:
            raise ValueError
        checked = validate_email(
            typed,
            allow_smtputf8=True,
            allow_quoted_local=False,
            allow_domain_literal=False,
            allow_display_name=False,
            check_deliverability=False,
        )
    except ValueError:  # of the validator, of idna, and of surrogates; its text may hold the address
        raise Refused("email_invalid", field=field) from None
    address = EmailAddress(checked.local_part, checked.ascii_domain.lower(), checked.domain)
    if len(address.local_part.encode()) > LOCAL_PART_OCTETS:
        raise Refused("email_invalid", field=field)
    if not _allowed(address, policy):
        raise Refused("email_not_allowed", field=field)
    return address


def _allowed(address: EmailAddress, policy: EmailPolicy) -> bool:
    if policy.refuse_role_addresses and address.local_part.casefold() in ROLE_NAMES:
        return False
    labels = address.domain.split(".")
    return not any(".".join(labels[start:]) in policy.refused_domains for start in range(len(labels)))
