"""Uses one store before and after a fork, and prints who makes a connection. Run by a test."""

from __future__ import annotations

import os
import sys
from typing import Any

from sqlalchemy import event
from sqlalchemy.pool import Pool

from elaas_identity.providers.sql import SQLStore
from elaas_identity.testing.store_examples import FLOW

name = "parent"


@event.listens_for(Pool, "connect")
def _told(*_: Any) -> None:
    print(name, "connected", flush=True)


store = SQLStore(sys.argv[1])
store.load(FLOW)
child = os.fork()
if child == 0:
    name = "child"
    store.load(FLOW)
    store.close()
    sys.exit()
os.waitpid(child, 0)
store.load(FLOW)
print(name, "goes on")
store.close()
