"""What every store has to keep, as tests that any store can be put to, a portal's own included:

    class TestOurStore(StoreContract):
        @pytest.fixture
        def store(self):
            return OurStore(...)                      # empty, a new one for each test
            # or, for an async one: with asyncio.Runner() as runner: yield Awaited(OurAsyncStore(...), runner)

Needs no pytest to be imported; each test is a method that takes a store.
"""

from __future__ import annotations

from elaas_identity.testing.store_budgets_contract import StoreBudgetsContract
from elaas_identity.testing.store_faults_contract import StoreFaultsContract
from elaas_identity.testing.store_followed_keys_contract import StoreFollowedKeysContract
from elaas_identity.testing.store_pages_contract import StorePagesContract
from elaas_identity.testing.store_races_contract import StoreRacesContract
from elaas_identity.testing.store_records_contract import StoreRecordsContract
from elaas_identity.testing.store_sessions_contract import StoredSessionsContract


class StoreContract(
    StoreRecordsContract,
    StoreFollowedKeysContract,
    StorePagesContract,
    StoreBudgetsContract,
    StoreRacesContract,
    StoredSessionsContract,
    StoreFaultsContract,
):
    """The promises of `elaas_identity.ports.Store`, one test each."""
