"""The officer's authenticator app: enrolled, read from, typed in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from elaas_identity import AuthenticatorEnrolled, Browser, EnrolAuthenticator, Progress, SignInPolicy
from elaas_identity.flow.policy import FOR_TESTS
from tests.authenticator_app.apps import shown
from tests.facade.officer import onboard, through_thaid
from tests.facade.portal import CHOSEN, Portal, made, progress_of

WITH_APP = replace(FOR_TESTS, sign_in=SignInPolicy.PASSWORD_AND_TOTP)


@dataclass
class App:
    """The phone of the officer, and the sheet of paper."""

    portal: Portal
    uri: str
    codes: tuple[str, ...]

    def code(self, *, steps: int = 0) -> str:
        """What the phone shows, its clock so many steps ahead."""
        return shown(self.uri, self.portal.clock() + steps * timedelta(seconds=30))

    def wrong(self) -> str:
        """Six digits that the phone shows at no time about now."""
        near = {self.code(steps=steps) for steps in range(-2, 3)}
        return next(digits for digits in map("{:06}".format, range(10)) if digits not in near)


def asked(portal: Portal, browser: Browser) -> Progress:
    """The right password: up to the step that asks for a code, or for ThaID where there is no app."""
    return portal.begin(browser, password=CHOSEN)


def scanned(portal: Portal, browser: Browser) -> Progress:
    """Up to the QR code, at the first sign-in."""
    progress = through_thaid(portal, asked(portal, browser), browser)
    assert isinstance(progress.step, EnrolAuthenticator)
    return progress


def confirmed(portal: Portal, progress: Progress, browser: Browser) -> App:
    """The app, counting; its first code is used up, and the next one is shown."""
    assert isinstance(progress.step, EnrolAuthenticator)
    code = shown(progress.step.uri, portal.clock())
    done = portal.elaas.confirm_authenticator(progress.flow_id, code, browser=browser).step
    assert isinstance(done, AuthenticatorEnrolled)
    portal.clock.shift(minutes=1)
    return App(portal, progress.step.uri, done.recovery_codes)


def enrolled(portal: Portal) -> App:
    """The officer's app."""
    browser = portal.browser()
    return confirmed(portal, scanned(portal, browser), browser)


def sign_in(portal: Portal, code: str) -> Progress:
    """Password and code."""
    browser = portal.browser()
    flow_id = asked(portal, browser).flow_id
    return progress_of(portal.elaas.submit_authenticator_code(flow_id, code, browser=browser))


@contextmanager
def asking_for_an_app(flavour: str, folder: Path) -> Iterator[Portal]:
    """A portal whose officer has onboarded, and has no app yet."""
    with made(flavour, folder, WITH_APP) as portal:
        onboard(portal)
        portal.clock.shift(minutes=2)
        yield portal
