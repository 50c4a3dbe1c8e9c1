"""Asks the DNS whether a domain takes mail (R8.3): only where a policy wants it, and never on an event loop.

Importing the resolver takes some 80 ms, so that waits for the first question.
"""

from __future__ import annotations

from datetime import timedelta
from time import monotonic
from typing import Any

from elaas_identity.mail.address import EmailAddress


def check(address: EmailAddress, within: timedelta, resolver: Any = None) -> bool | None:
    """Whether the address's domain takes mail; None where nobody can tell, and the flow goes on.

    Blocks for at most `within`.

    Args:
        resolver: a `dns.resolver.Resolver`; by default the system's settings.
    """
    import dns.exception
    import dns.resolver
    from email_validator import EmailUndeliverableError
    from email_validator.deliverability import validate_email_deliverability

    try:
        asked = _Patient(resolver or dns.resolver.Resolver(), monotonic() + within.total_seconds())
        answer = validate_email_deliverability(address.domain, address.domain, dns_resolver=asked)  # type: ignore[arg-type]
    except EmailUndeliverableError as refusal:
        # It also wraps what went wrong with the asking; then the answer is no answer.
        known = (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer)
        return False if refusal.__cause__ is None or isinstance(refusal.__cause__, known) else None
    except (dns.exception.DNSException, OSError):
        return None
    return None if "unknown-deliverability" in answer else True


class Deliverability:
    """`check`, as the facade asks it."""

    def check(self, address: EmailAddress, within: timedelta) -> bool | None:
        """See `check`."""
        return check(address, within)


class AsyncDeliverability:
    """The same, in a thread: a silent resolver holds up nobody else."""

    async def check(self, address: EmailAddress, within: timedelta) -> bool | None:
        """See `check`."""
        from asyncio import to_thread  # here, since a synchronous portal needs none of it

        return await to_thread(check, address, within)


class _Patient:
    """A resolver with one deadline for all its questions: its own is for each."""

    def __init__(self, resolver: Any, deadline: float) -> None:
        self._resolver = resolver
        self._deadline = deadline

    def resolve(self, domain: str, kind: str) -> Any:
        return self._resolver.resolve(domain, kind, lifetime=max(self._deadline - monotonic(), 0.001))
