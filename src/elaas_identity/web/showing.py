"""The pages that have forms, each with a form token: sign-in, change of password, the steps of a flow."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from urllib.parse import quote, urlencode

from elaas_identity.browser import Browser
from elaas_identity.flow.outcomes import Ended
from elaas_identity.flow.steps import Progress, StepUpProof
from elaas_identity.keyring import Keyring
from elaas_identity.ports import Random
from elaas_identity.web.browser_cookie import BrowserCookie
from elaas_identity.web.calls import Asked, Problem, form_of, mark, named
from elaas_identity.web.drawing import Drawing
from elaas_identity.web.exchange import WebResponse
from elaas_identity.web.forgery import form_token
from elaas_identity.web.language import Reading


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
        random: Random,
    ) -> None:
        self._drawing = drawing
        self._keyring = keyring
        self._cookie = cookie
        self._prefix = prefix
        self._signed_in_path = signed_in_path
        self._step_up_path = step_up_path
        self._flow_path = flow_path
        self._random = random

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
        self, browser: Browser, reading: Reading, problem: Problem | None = None, *, guessed: bool = False
    ) -> WebResponse:
        """The ways to sign in. After too many guesses (`guessed`), ThaID comes first: guesses never block it (R4.1)."""
        username = problem.typed.get("username", "") if problem else ""
        return self.page(
            "sign_in.html", browser, reading, problem=problem, username=username, guessed=guessed
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
            onward=self._signed_in_path,
            typed_email=problem.typed.get("email", "") if problem else "",
            typed_username=problem.typed.get("username", "") if problem else "",
        )

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


def _with_query(path: str, query: dict[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path
