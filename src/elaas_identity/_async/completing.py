"""The last acts of a flow: the code compared, the password hashed, and what it all comes to."""

from __future__ import annotations

from elaas_identity._async.notices import AsyncNotices
from elaas_identity._async.shell import AsyncShell
from elaas_identity.errors import Refused
from elaas_identity.flow import completion, mailbox
from elaas_identity.flow.advance import Seen
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.outcomes import EmailChanged, PasswordSet
from elaas_identity.flow.standing import address_of, bound_address, identity_of, progress
from elaas_identity.flow.steps import Progress, Step
from elaas_identity.flow.transitions import Input, Purpose, Stage
from elaas_identity.one_time_code import one_time_code
from elaas_identity.passwords.hashing import PasswordHashing
from elaas_identity.providers.hash_workers import AsyncHashWorkers


class AsyncCompleting:
    """`submit_one_time_code`, `set_password` and `confirm`, in their parts."""

    def __init__(
        self,
        shell: AsyncShell,
        hashing: PasswordHashing,
        workers: AsyncHashWorkers,
        notices: AsyncNotices,
    ) -> None:
        self._shell = shell
        self._rules = shell.rules
        self._hashing = hashing
        self._workers = workers
        self._notices = notices

    async def compare(self, seen: Seen, happened: Input, moment: Moment, typed: str) -> None:
        """Reserve an attempt, then compare; return only when the code is right."""
        rules = self._rules
        with self._shell.judging(seen, moment):
            digits = one_time_code.normalise(typed, rules.policy.one_time_code_digits)
            if mailbox.is_expired(seen.flow, moment.now):
                raise Refused("one_time_code_expired", field="one_time_code")
        seen = await self._shell.settle(
            seen, happened, moment, lambda stands: mailbox.reserved(rules, stands, moment)
        )
        if mailbox.is_right(rules, seen, digits):
            return
        await self._shell.commit(mailbox.wrong(seen, moment))
        again = await self._shell.see_again(seen)
        raise Refused(
            "one_time_code_wrong",
            field="one_time_code",
            progress=progress(rules, again, moment.now),
        )

    async def confirm_address(self, seen: Seen, moment: Moment) -> Progress:
        """The code was right: on to the password, or, where only the address was to be changed, the end."""
        happened = Input.CODE_CONFIRMED
        if seen.flow.purpose is not Purpose.EMAIL_CHANGE:
            seen = await self._shell.settle(
                seen, happened, moment, lambda stands: mailbox.confirmed(self._rules, stands, moment)
            )
            return progress(self._rules, seen, moment.now)
        binding = await self._shell.binding_of(seen.held)
        assert binding is not None, "an active account has a binding"
        old, new = bound_address(self._rules, binding), address_of(self._rules, seen)
        done = await self._shell.settle(
            seen,
            happened,
            moment,
            lambda stands: completion.email_changed(self._rules, stands, binding, moment),
        )
        await self._notices.email_changed(done, moment, old, new)
        account = done.held.view(self._rules.keyring)
        return self._ended(
            done, EmailChanged(account=account, binding_id=binding.id, email_masked=new.masked)
        )

    async def complete(self, seen: Seen, happened: Input, moment: Moment, prepared: str) -> Progress:
        """Hash, and make the account the person's; then tell them, and the office, by mail."""
        rules, salt = self._rules, self._shell.random.token_bytes(16)
        password_hash = await self._workers.run(lambda: self._hashing.hash(prepared, salt))
        if completion.needs_approval(seen):
            waiting = await self._shell.settle(
                seen,
                happened,
                moment,
                lambda stands: completion.awaiting_approval(rules, stands, moment, happened, password_hash),
            )
            await self._notices.approval_awaited(waiting, moment)
            return progress(rules, waiting, moment.now)
        binding = await self._shell.binding_of(seen.held)
        onboarding = seen.flow.purpose is Purpose.ONBOARDING
        person = identity_of(rules, seen) if onboarding else None
        address = address_of(rules, seen) if onboarding else None
        if not onboarding and binding is not None:
            address = bound_address(rules, binding)
        done = await self._shell.settle(
            seen,
            happened,
            moment,
            lambda stands: completion.completed(rules, stands, binding, moment, happened, password_hash),
        )
        await self._notices.password_set(done, moment, address, person)
        assert done.held.binding_id is not None
        return self._ended(
            done,
            PasswordSet(
                account=done.held.view(rules.keyring),
                binding_id=done.held.binding_id,
                credential_version=done.held.credential_version,
            ),
        )

    def _ended(self, done: Seen, step: Step) -> Progress:
        assert done.flow.stage is Stage.DONE
        return Progress(
            flow_id=done.flow.id, purpose=done.flow.purpose, step=step, expires_at=done.flow.expires_at
        )
