# Generated from _async/audit.py by scripts/unasync.py. Do not edit: edit that file and run it.
"""The audit of the trail: sealing, verifying, exporting, erasing. `elaas.audit`, or by itself over a store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from elaas_identity._discreet import discreet
from elaas_identity._sync.driver import Driver, act
from elaas_identity.audit import chain, export, trail
from elaas_identity.audit.checkpoint import AuditKeys, Checkpoint
from elaas_identity.audit.verification import Batch, Verification
from elaas_identity.effects import Act
from elaas_identity.flow.moment import Moment
from elaas_identity.ports import Clock, Listener, Random, Store
from elaas_identity.providers.system import SystemRandom, system_clock


@discreet
class Audit:
    """Makes the events of a store tamper-evident. It starts no thread: call `seal` from a scheduler.

    Events are committed with the change that they tell of, by whoever acts; sealing them later keeps those from
    waiting for one another. Until it is sealed, an event is as safe as the database is.

    Args:
        store: the store of the facade.
        keys: what signs the checkpoints. Public keys alone verify and export.
        listeners: told of what was erased.
        settling: how old an event is before it is sealed.
        clock: aware UTC now.
        random: randomness fit for secrets.
    """

    def __init__(
        self,
        *,
        store: Store,
        keys: AuditKeys,
        listeners: Sequence[Listener] = (),
        settling: timedelta = chain.SETTLING,
        clock: Clock = system_clock,
        random: Random | None = None,
    ) -> None:
        self._driver = Driver(
            store=store,
            clock=clock,
            random=SystemRandom() if random is None else random,
            listeners=listeners,
        )
        self._keys = keys
        self._settling = settling

    @act
    def seal(self) -> Act[Checkpoint | None]:
        """Chain the events that were committed since, and sign where the chain ends.

        It may run anywhere, as often as one likes, and in several processes at once: each batch is one commit, and
        of two that seal at once one wins. Keep the answer's `line()` where the database's owner cannot reach it.

        Returns:
            The last checkpoint that it signed; None where there was nothing to seal.

        Raises:
            Misconfigured: `keyring`, when there is no private key, or the chain does not end with a checkpoint that
                these keys signed: run `verify`.
            ProviderFailed: `store_unavailable`, `store_contended`; what was sealed before stays so.
        """
        return trail.seal(self._keys, self._settling)

    @act
    def verify(self, kept: Iterable[str] = ()) -> Act[Verification]:
        """Whether the trail is what was sealed. Reads it once, batch by batch, and stops at the first fault.

        Args:
            kept: checkpoints that were kept elsewhere, as lines. Without them a chain whose end was cut off, back to
                an earlier checkpoint, looks like one that has not come further.

        Raises:
            ProviderFailed: `store_unavailable`.
        """
        return trail.verify(self._keys, kept)

    def export(self, *, personal: bool = False) -> Iterator[str]:
        """The sealed trail as lines of NDJSON, without their line feeds; see `elaas_identity.audit.export`.

        Args:
            personal: with who acted and why, client digests and correlation ids, as far as they are not erased.

        Raises:
            ProviderFailed: `store_unavailable`.
        """
        number = 1
        while number and (batch := self._batch(number)) is not None:
            for line in export.lines(batch, self._keys, personal=personal):
                yield line
            number = trail.next_after(batch)

    @act
    def erase_events(
        self,
        *,
        before: datetime,
        by: str,
        reason: str,
        account_id: str | None = None,
        binding_id: str | None = None,
    ) -> Act[int]:
        """Erase what is personal in the events of an account, of a binding, or of one within the other (PDPA s.33).

        The fact stays: what happened, when, to which account. Who did it and why, client and correlation go, and the
        chain still verifies. An event, `audit.erased`, says by whom and why this was done. It may be run again.

        Returns:
            How many events were erased.

        Raises:
            ValueError: neither an account nor a binding was named.
            Refused: `account_invalid`, when `by` or `reason` is missing.
            ProviderFailed: `store_unavailable`, `store_contended`; what was erased before stays so.
        """
        if account_id is None and binding_id is None:
            raise ValueError("whose events? To erase those of everybody there is erase_older_than")
        return trail.erase(
            self._moment(),
            self._keys,
            before,
            by=by,
            reason=reason,
            account_id=account_id,
            binding_id=binding_id,
        )

    @act
    def erase_older_than(self, age: timedelta, *, by: str, reason: str) -> Act[int]:
        """Erase what is personal in every event that is older than that: the agency's retention (PDPA s.37).

        Returns:
            How many events were erased.

        Raises:
            Refused, ProviderFailed: as `erase_events`.
        """
        moment = self._moment()
        return trail.erase(moment, self._keys, moment.now - age, by=by, reason=reason)

    @act
    def _batch(self, number: int) -> Act[Batch | None]:
        return trail.read_batch(number)

    def _moment(self) -> Moment:
        return Moment(now=self._driver.clock(), seed=self._driver.random.token_bytes(32))
