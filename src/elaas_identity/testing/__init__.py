"""Stand-ins for the world outside, so that a portal is tested without ThaID, a mail server or real people.

    ThaIDEmulator          ThaID as a pure function: request in, response out
    EmulatorTransport      reaches it in memory; AsyncEmulatorTransport is the same, awaited
    EmulatedThaID          reaches it over a real socket of 127.0.0.1
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
    from elaas_identity.testing.loopback import EmulatedThaID, LoopbackHTTP, LoopbackSMTP, ReceivedMail
    from elaas_identity.testing.outbox import AsyncOutbox, Outbox
    from elaas_identity.testing.thaid_emulator import Client, NotRedirected, Switches, ThaIDEmulator
    from elaas_identity.testing.transport import AsyncEmulatorTransport, EmulatorTransport

__all__ = [
    "CITIZENS",
    "AsyncEmulatorTransport",
    "AsyncOutbox",
    "Citizen",
    "Client",
    "EmulatedThaID",
    "EmulatorTransport",
    "LoopbackHTTP",
    "LoopbackSMTP",
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
    "testing.loopback": "EmulatedThaID LoopbackHTTP LoopbackSMTP ReceivedMail",
    "testing.outbox": "AsyncOutbox Outbox",
    "testing.thaid_emulator": "Client NotRedirected Switches ThaIDEmulator",
    "testing.transport": "AsyncEmulatorTransport EmulatorTransport",
}


__getattr__ = lazily(__name__, _MODULES)
