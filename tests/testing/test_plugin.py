"""The fixtures of the library in somebody else's test suite."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import pytest

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a file of tests with the plugin, in a process of its own."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))

    def in_a_process(source: str, *arguments: str, ini: str = "") -> pytest.RunResult:
        pytester.makeini(f"[pytest]\n{ini}")
        pytester.makepyfile(source)
        return pytester.runpytest_subprocess(
            "-p", "pytest_elaas_identity", "-p", "no:cacheprovider", *arguments
        )

    return in_a_process


def test_nothing_of_the_library_is_imported_before_a_fixture_is_used(run: Run) -> None:
    """Every test suite of whoever installed us would start later, and coverage would miss what was imported early."""
    result = run(
        """
        import sys

        def test_first():
            assert not [name for name in sys.modules if name.partition(".")[0] == "elaas_identity"]
            assert "argon2" not in sys.modules

        def test_second(elaas_clock):
            assert "elaas_identity" in sys.modules
        """
    )
    result.assert_outcomes(passed=2)


def test_each_test_has_everything_anew(run: Run) -> None:
    """What one test stored, mailed or waited for would be there in the next."""
    result = run(
        """
        import pytest

        @pytest.mark.parametrize("time", [1, 2])
        def test_it(elaas_doubles, elaas_store, elaas_outbox, elaas_clock, elaas_thaid, time):
            assert [] == elaas_outbox.mails and {} == elaas_store.contents()
            assert elaas_clock() == type(elaas_clock)()() and 0 == elaas_thaid.count("token")
            elaas_doubles.onboarded_account()
            elaas_clock.shift(days=1)

        async def awaited(facade, browser):
            return await facade.begin("laas-9990001", "of the letter, invented", browser=browser)

        def test_all_of_them_are_over_one_state(
            elaas_doubles, elaas_facade, elaas_async_facade, elaas_store, elaas_policy, elaas_random, elaas_redirect_uri
        ):
            import asyncio
            from elaas_identity import Browser

            assert elaas_doubles.elaas is elaas_facade and elaas_doubles.async_elaas is elaas_async_facade
            assert elaas_facade.store is elaas_store and elaas_facade.policy is elaas_policy
            assert elaas_facade.identity_provider.redirect_uri == elaas_redirect_uri
            elaas_doubles.account()
            browser = Browser.new(elaas_doubles.keyring)
            assert "verify_identity" == asyncio.run(awaited(elaas_async_facade, browser)).step.kind
            assert "onboarding.begun" in [event.kind for event in elaas_doubles.events]
        """,
        "-n2",
    )
    result.assert_outcomes(passed=3)


def test_a_fault_of_the_marker_happens_and_one_that_does_not_fails_the_test(run: Run) -> None:
    """A test of what happens while ThaID is down would pass while it is up."""
    result = run(
        """
        import pytest
        from elaas_identity import ProviderFailed

        def come_back(doubles):
            at = doubles.flow_at("identity")
            url = doubles.elaas.authorize(at.flow_id, browser=at.browser).url
            query = doubles.thaid.approve(url, at.credential.citizen).partition("?")[2]
            return doubles.elaas.receive_callback(query, browser=at.browser)

        @pytest.mark.elaas_fault("down")
        def test_met(elaas_doubles):
            with pytest.raises(ProviderFailed, match="identity_provider_unavailable"):
                come_back(elaas_doubles)

        @pytest.mark.elaas_fault("slow", at="jwks")
        @pytest.mark.elaas_fault("down")
        def test_in_the_order_of_the_lines(elaas_doubles):
            for _ in range(2):
                with pytest.raises(ProviderFailed, match="identity_provider_unavailable"):
                    come_back(elaas_doubles)

        @pytest.mark.elaas_fault("down")
        def test_not_met(elaas_doubles):
            elaas_doubles.account()

        @pytest.mark.elaas_fault("down")
        def test_of_nobody():
            pass

        @pytest.mark.elaas_fault("no such fault")
        def test_unknown(elaas_thaid):
            pass

        def test_no_mail(elaas_doubles):
            elaas_doubles.outbox.fail_next("mail_not_accepted")
            elaas_doubles.onboarded_account()
        """
    )
    result.assert_outcomes(passed=4, failed=0, errors=4)
    said = ["*down*token*", "*needs the fixture elaas_thaid*", "*no such fault*", "*since no mail was sent*"]
    result.stdout.fnmatch_lines(said)


def test_a_fixture_that_is_overridden_serves_the_others(run: Run) -> None:
    """A portal's own store, policy or address could not be tested."""
    result = run(
        """
        import pytest
        from datetime import timedelta
        from elaas_identity import FlowPolicy
        from elaas_identity.policy import CHEAPEST_FOR_TESTS, PasswordPolicy

        @pytest.fixture
        def elaas_policy():
            return FlowPolicy(passwords=PasswordPolicy(hashing=CHEAPEST_FOR_TESTS), one_time_code_digits=6)

        @pytest.fixture
        def elaas_redirect_uri():
            return "https://apps.example.go.th/portal/auth/callback"

        @pytest.fixture
        def elaas_thaid(elaas_served_thaid):
            return elaas_served_thaid

        def test_it(elaas_doubles):
            assert 6 == elaas_doubles.flow_at("one_time_code").progress.step.digits
            assert "https://apps.example.go.th" == elaas_doubles.origin
            assert elaas_doubles.thaid.issuer.startswith("http://127.0.0.1:")
            assert 1 == elaas_doubles.thaid.count("token")
        """
    )
    result.assert_outcomes(passed=1)


GUARDED = """
    import socket
    import pytest

    def test_another_machine():
        with socket.socket() as connection:
            connection.connect(("192.0.2.1", 443))

    def test_swallowed():
        try:
            socket.getaddrinfo("imauth.bora.dopa.go.th", 443)
        except Exception:
            pass

    def test_loopback(elaas_smtp_server, elaas_served_thaid):
        with socket.create_connection((elaas_smtp_server.host, elaas_smtp_server.port)):
            pass

    def test_allowed():
        with pytest.raises(OSError):
            socket.getaddrinfo("database.invalid", 5432)
"""


@pytest.mark.parametrize(
    ("arguments", "ini"), [(("--elaas-no-network",), ""), ((), "elaas_no_network = true\n")]
)
def test_the_guard_fails_whoever_leaves_this_machine(run: Run, arguments: tuple[str, ...], ini: str) -> None:
    """A test suite would ask the real ThaID, and nobody would see it."""
    result = run(GUARDED, *arguments, ini=f"{ini}elaas_allowed_hosts = database.invalid\n")
    result.assert_outcomes(passed=3, failed=1, errors=2)
    result.stdout.fnmatch_lines(["*imauth.bora.dopa.go.th*", "*192.0.2.1*"])


def test_the_guard_is_off_unless_it_is_asked_for(run: Run) -> None:
    """Whoever installs us would have tests fail that have nothing to do with us."""
    run(
        """
        import socket

        def test_it():
            assert "network_guard" not in socket.getaddrinfo.__module__
        """
    ).assert_outcomes(passed=1)


def test_without_the_plugin_pytest_runs_as_if_we_were_not_there(pytester: pytest.Pytester) -> None:
    """Nobody could switch it off."""
    pytester.makepyfile("def test_it(elaas_clock): pass")
    result = pytester.runpytest_subprocess("-p", "no:pytest_elaas_identity", "-p", "no:cacheprovider")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*fixture 'elaas_clock' not found*"])
