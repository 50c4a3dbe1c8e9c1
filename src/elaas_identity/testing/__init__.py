"""Stand-ins for the world outside, so that a portal is tested without ThaID, a mail server or real people.

    Doubles                all of it together, with accounts and flows to order
    ThaIDEmulator          ThaID in memory, or by `ThaIDEmulator.served` over a real socket of 127.0.0.1
    TEST_CLIENT            who is registered there unless a test says otherwise
    CITIZENS               invented people who can prove themselves to it
    Outbox, AsyncOutbox    mailers that send nothing; `wait_for` gives a `ReceivedMail`
    MailScanner            fetches and posts whatever it finds in a mail, as gateways do
    LoopbackHTTP, LoopbackSMTP     small real servers on free ports of 127.0.0.1
    SteppingClock, SeededRandom    time and chance that a test decides

Everything is loaded when it is first asked for: importing this package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from elaas_identity._lazy import lazily

if TYPE_CHECKING:
    from elaas_identity.testing.citizens import CITIZENS, Citizen
    from elaas_identity.testing.clock import SeededRandom, SteppingClock
    from elaas_identity.testing.credential import Credential, FlowAt
    from elaas_identity.testing.doubles import Doubles, FlowPurpose, FlowStage
    from elaas_identity.testing.event_assertions import ExpectedEvent, assert_events
    from elaas_identity.testing.identity_provider_contract import IdentityProviderContract
    from elaas_identity.testing.legacy_verifier_contract import LegacyVerifierContract
    from elaas_identity.testing.loopback import LoopbackHTTP, LoopbackSMTP
    from elaas_identity.testing.mail_scanner import AsyncMailScanner, AsyncSends, MailScanner, Scanned, Sends
    from elaas_identity.testing.mailer_contract import MailerContract
    from elaas_identity.testing.network_guard import NetworkReached, no_network
    from elaas_identity.testing.outbox import AsyncOutbox, MailFailure, Outbox
    from elaas_identity.testing.received_mail import ReceivedMail
    from elaas_identity.testing.secrecy import assert_no_secret_in
    from elaas_identity.testing.sessions_contract import PortalSessions, SessionsContract
    from elaas_identity.testing.store_contract import StoreContract
    from elaas_identity.testing.thaid_emulator import (
        TEST_CLIENT,
        Client,
        Endpoint,
        Fault,
        NotRedirected,
        ShownPage,
        Switches,
        ThaIDEmulator,
    )
    from elaas_identity.testing.transport import AsyncMemoryTransport, MemoryTransport

__all__ = [
    "CITIZENS",
    "TEST_CLIENT",
    "AsyncMailScanner",
    "AsyncMemoryTransport",
    "AsyncOutbox",
    "AsyncSends",
    "Citizen",
    "Client",
    "Credential",
    "Doubles",
    "Endpoint",
    "ExpectedEvent",
    "Fault",
    "FlowAt",
    "FlowPurpose",
    "FlowStage",
    "IdentityProviderContract",
    "LegacyVerifierContract",
    "LoopbackHTTP",
    "LoopbackSMTP",
    "MailFailure",
    "MailScanner",
    "MailerContract",
    "MemoryTransport",
    "NetworkReached",
    "NotRedirected",
    "Outbox",
    "PortalSessions",
    "ReceivedMail",
    "Scanned",
    "SeededRandom",
    "Sends",
    "SessionsContract",
    "ShownPage",
    "SteppingClock",
    "StoreContract",
    "Switches",
    "ThaIDEmulator",
    "assert_events",
    "assert_no_secret_in",
    "no_network",
]

_MODULES = {
    "testing.citizens": "CITIZENS Citizen",
    "testing.clock": "SeededRandom SteppingClock",
    "testing.credential": "Credential FlowAt",
    "testing.doubles": "Doubles FlowPurpose FlowStage",
    "testing.event_assertions": "ExpectedEvent assert_events",
    "testing.identity_provider_contract": "IdentityProviderContract",
    "testing.legacy_verifier_contract": "LegacyVerifierContract",
    "testing.loopback": "LoopbackHTTP LoopbackSMTP",
    "testing.mail_scanner": "AsyncMailScanner AsyncSends MailScanner Scanned Sends",
    "testing.mailer_contract": "MailerContract",
    "testing.network_guard": "NetworkReached no_network",
    "testing.outbox": "AsyncOutbox MailFailure Outbox",
    "testing.received_mail": "ReceivedMail",
    "testing.secrecy": "assert_no_secret_in",
    "testing.sessions_contract": "PortalSessions SessionsContract",
    "testing.store_contract": "StoreContract",
    "testing.thaid_emulator": "TEST_CLIENT Client Endpoint Fault NotRedirected ShownPage Switches ThaIDEmulator",
    "testing.transport": "AsyncMemoryTransport MemoryTransport",
}


__getattr__ = lazily(__name__, _MODULES)
