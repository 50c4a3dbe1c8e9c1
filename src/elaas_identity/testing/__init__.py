"""Stand-ins for the world outside, so that a portal is tested without ThaID, a mail server or real people.

    ThaIDEmulator          ThaID in memory, or by `ThaIDEmulator.served` over a real socket of 127.0.0.1
    TEST_CLIENT            who is registered there unless a test says otherwise
    CITIZENS               invented people who can prove themselves to it
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
    from elaas_identity.testing.loopback import LoopbackHTTP, LoopbackSMTP, ReceivedMail
    from elaas_identity.testing.outbox import AsyncOutbox, Outbox
    from elaas_identity.testing.thaid_emulator import (
        TEST_CLIENT,
        Client,
        Endpoint,
        NotRedirected,
        Switches,
        ThaIDEmulator,
    )
    from elaas_identity.testing.transport import AsyncMemoryTransport, MemoryTransport

__all__ = [
    "CITIZENS",
    "TEST_CLIENT",
    "AsyncMemoryTransport",
    "AsyncOutbox",
    "Citizen",
    "Client",
    "Endpoint",
    "LoopbackHTTP",
    "LoopbackSMTP",
    "MemoryTransport",
    "NotRedirected",
    "Outbox",
    "ReceivedMail",
    "SeededRandom",
    "SteppingClock",
    "Switches",
    "ThaIDEmulator",
]

_MODULES = {
    "testing.citizens": "CITIZENS Citizen",
    "testing.clock": "SeededRandom SteppingClock",
    "testing.loopback": "LoopbackHTTP LoopbackSMTP ReceivedMail",
    "testing.outbox": "AsyncOutbox Outbox",
    "testing.thaid_emulator": "TEST_CLIENT Client Endpoint NotRedirected Switches ThaIDEmulator",
    "testing.transport": "AsyncMemoryTransport MemoryTransport",
}


__getattr__ = lazily(__name__, _MODULES)
