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

_HOME = {
    "CITIZENS": "testing.citizens",
    "Citizen": "testing.citizens",
    "SeededRandom": "testing.clock",
    "SteppingClock": "testing.clock",
    "EmulatedThaID": "testing.loopback",
    "LoopbackHTTP": "testing.loopback",
    "LoopbackSMTP": "testing.loopback",
    "ReceivedMail": "testing.loopback",
    "AsyncOutbox": "testing.outbox",
    "Outbox": "testing.outbox",
    "Client": "testing.thaid_emulator",
    "NotRedirected": "testing.thaid_emulator",
    "Switches": "testing.thaid_emulator",
    "ThaIDEmulator": "testing.thaid_emulator",
    "AsyncEmulatorTransport": "testing.transport",
    "EmulatorTransport": "testing.transport",
}


__getattr__ = lazily(__name__, _HOME)
