"""The pages that have forms, each with a form token: sign-in, change of password, the steps of a flow."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime
from math import ceil
from urllib.parse import quote, urlencode

from elaas_identity.browser import Browser
from elaas_identity.flow.outcomes import Ended, OwnChange
from elaas_identity.flow.steps import (
    AuthorizationRequest,
    EnterOneTimeCode,
    Progress,
    SetPassword,
    Step,
    StepUpProof,
)
from elaas_identity.keyring import Keyring
from elaas_identity.passwords.suggestion import suggested_password
from elaas_identity.ports import Clock, Random
from elaas_identity.web.browser_cookie import BrowserCookie
from elaas_identity.web.calls import Asked, Problem, form_of, mark, mark_of, named
from elaas_identity.web.carried import carried, carrying
from elaas_identity.web.drawing import Drawing
from elaas_identity.web.exchange import WebRequest, WebResponse
from elaas_identity.web.forgery import form_token
from elaas_identity.web.language import Reading
from elaas_identity.web.outcome import Outcomes


class Showing:
    """Makes those pages. The arguments are those of `Pages`."""

    def __init__(
        self,
        drawing: Drawing,
        *,
        keyring: Keyring,
        cookie: BrowserCookie,
        prefix: str,
        signed_in_path: str,
        step_up_path: str,
        flow_path: str | None,
        clock: Clock,
        random: Random,
    ) -> None:
        self._drawing = drawing
        self._keyring = keyring
        self._cookie = cookie
        self._prefix = prefix
        self._signed_in_path = signed_in_path
        self._step_up_path = step_up_path
        self._flow_path = flow_path
        self._clock = clock
        self._random = random
        self._outcomes = Outcomes(keyring, f"{cookie.name}-outcome")

    def flow_url(self, flow_id: str) -> str:
        """The path of a flow's page."""
        return f"{self._prefix}/flow/{quote(flow_id, safe='')}"

    def after_callback(self, flow_id: str | None, problem: str = "") -> str:
        """Where a callback leads: the flow's page, or the front end's; `problem` is the code of what was refused."""
        said = {"problem": problem} if problem else {}
        if self._flow_path is not None:
            return _with_query(self._flow_path, {"flow": flow_id, **said} if flow_id else said)
        if flow_id is None:
            return f"{self._prefix}/problem/{quote(problem)}"
        return _with_query(self.flow_url(flow_id), said)

    def sign_in(
        self,
        browser: Browser,
        reading: Reading,
        problem: Problem | None = None,
        *,
        guessed: bool = False,
        in_app: str = "",
    ) -> WebResponse:
        """The ways to sign in. After too many guesses (`guessed`), ThaID comes first: guesses never block it (R4.1)."""
        username = problem.typed.get("username", "") if problem else ""
        return self.page(
            "sign_in.html",
            browser,
            reading,
            problem=problem,
            username=username,
            guessed=guessed,
            in_app=in_app,
        )

    def change_password(
        self, browser: Browser, reading: Reading, problem: Problem | None = None
    ) -> WebResponse:
        """The form for the current password, before the person may set a new one."""
        return self.page(
            "change_password.html", browser, reading, problem=problem, onward=self._signed_in_path
        )

    def step(self, asked: Asked, progress: Progress, problem: Problem | None = None) -> WebResponse:
        """What the person has to do next, or how the flow ended."""
        # A flow that has ended has no input to correct, and one that has moved on is not wrong any more.
        if problem is not None and (
            isinstance(progress.step, Ended) or problem.at not in ("", mark(progress))
        ):
            problem = None
        if isinstance(progress.step, StepUpProof):  # The portal's page shows the transaction.
            flow_id = quote(progress.flow_id, safe="")
            return self._drawing.redirect(f"{self._step_up_path}?flow={flow_id}")
        outcome = self._outcome(asked, progress)
        if outcome is not None:
            return outcome
        now = self._clock()

        def seconds_to(at: datetime) -> int:
            """How long it is until then: a browser's clock may be another."""
            return max(0, ceil((at - now).total_seconds()))

        return self._drawing.page(
            f"{progress.step.kind}.html",
            asked.reading,
            problem=problem,
            progress=progress,
            step=progress.step,
            flow_url=self.flow_url(progress.flow_id),
            seen=form_of(progress, self._fresh_page()),
            csrf=form_token(self._keyring, asked.browser),
            in_app=asked.in_app,
            identity_provider_url=self._identity_provider_url(asked),
            sent_again_at=self._sent_again_at(asked, progress.step),
            seconds_to=seconds_to,
            onward=self._signed_in_path,
            typed_email=(problem.typed.get("email", "") if problem else "") or _email_of(progress.step),
            suggested=self._suggested(progress.step),
            typed_username=problem.typed.get("username", "") if problem else "",
        )

    def after(self, asked: Asked, progress: Progress, step: OwnChange) -> WebResponse:
        """The redirect to the page that says what the person has changed of their account."""
        path = self.flow_url(progress.flow_id)
        response = self._drawing.redirect(self._outcomes.address(step, asked.browser, path))
        cookie = self._outcomes.cookie(step, asked.browser, path, self._clock())
        return response if cookie is None else response.with_header("set-cookie", cookie)

    def _outcome(self, asked: Asked, progress: Progress) -> WebResponse | None:
        """The page that says it; None where the act before has left nothing to say."""
        if progress.step != Ended(reason="completed") or "outcome" not in asked.left:
            return None
        step = json.loads(asked.left["outcome"])
        taken = self._outcomes.taken(step)
        drawn = self._drawing.page(
            f"{step['kind']}.html",
            # The page in the other language would show no codes any more.
            asked.reading if taken is None else replace(asked.reading, other=None),
            step=step,
            progress=progress,
            shown_at=self._clock(),
            onward=self._signed_in_path,
        )
        return drawn if taken is None else drawn.with_header("set-cookie", taken)

    def left_for(self, request: WebRequest, browser: Browser) -> dict[str, str]:
        """What the act before has left for that page."""
        path, query = request.path, request.query
        found = {name: carried(name, self._keyring, browser, path, query) for name in ("sent", "onward")}
        found["outcome"] = self._outcomes.read(request.cookies, browser, path, query, self._clock())
        return {name: text for name, text in found.items() if text is not None}

    def link_to(self, browser: Browser, request: AuthorizationRequest) -> str:
        """The flow's page with a link to the identity provider: iOS opens an app by a tap on one, and by no redirect.

        Not the answer to the form itself: the back button would ask to send that again.
        """
        text = json.dumps([request.url, request.expires_at.timestamp()])
        return carrying("onward", text, self._keyring, browser, self.flow_url(request.flow_id))

    def _identity_provider_url(self, asked: Asked) -> str | None:
        """Where the page links to, as long as that URL is good for."""
        url, until = json.loads(asked.left.get("onward", '["", 0]'))
        return url if self._clock().timestamp() < until else None

    def sent_again(self, asked: Asked, progress: Progress) -> str | None:
        """The page that confirms another mail, where its form asked for one."""
        step = progress.step
        asked_there = mark_of(asked.seen).startswith(f"{EnterOneTimeCode.kind} ")
        if asked.act not in ("resend_one_time_code", "submit_email") or not asked_there:
            return None
        if not isinstance(step, EnterOneTimeCode):
            return None
        text = json.dumps([step.reference, self._clock().timestamp()])
        return carrying("sent", text, self._keyring, asked.browser, self.flow_url(progress.flow_id))

    def _sent_again_at(self, asked: Asked, step: Step) -> datetime | None:
        """When the mail was sent that the page confirms; no page of another code does."""
        reference, at = json.loads(asked.left.get("sent", '["", 0]'))
        if not isinstance(step, EnterOneTimeCode) or step.mail != "sent" or step.reference != reference:
            return None
        return datetime.fromtimestamp(at, UTC)

    def _suggested(self, step: Step) -> str | None:
        """A new password to take, another one at each showing; None where none is asked for."""
        if not isinstance(step, SetPassword):
            return None
        return suggested_password(self._random.below, minimum_length=step.minimum_length)

    def _fresh_page(self) -> str:
        """Names one page that is shown once: a form of it that comes twice is a double click."""
        return urlsafe_b64encode(self._random.token_bytes(9)).decode()

    def problem_page(self, message_id: str, reading: Reading, *, status: int) -> WebResponse:
        """A page that says what is wrong, and has no form."""
        return self._drawing.page(
            "problem.html", reading, status=status, problem=Problem(self._drawing.say(message_id))
        )

    def page(
        self, template: str, browser: Browser, reading: Reading, *, status: int = 200, **values: object
    ) -> WebResponse:
        """A page that a browser may see before any other: a new browser is sent its cookie."""
        response = self._drawing.page(
            template,
            reading,
            status=status,
            csrf=form_token(self._keyring, browser),
            seen=named(template, self._fresh_page()),
            **values,
        )
        if browser.is_new:
            return response.with_header("set-cookie", self._cookie.set(browser.token))
        return response


def _email_of(step: Step) -> str:
    return (step.email or "") if isinstance(step, EnterOneTimeCode) else ""


def _with_query(path: str, query: dict[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path
