"""The pages that have forms, each with its token: sign-in, change of password, a flow's steps."""

from __future__ import annotations

from urllib.parse import quote

from elaas_identity.browser import Browser
from elaas_identity.flow.outcomes import Ended
from elaas_identity.flow.steps import Progress, StepUpProof
from elaas_identity.keyring import Keyring
from elaas_identity.messages import say
from elaas_identity.web.browser_cookie import BrowserCookie
from elaas_identity.web.calls import Asked, Problem, mark
from elaas_identity.web.drawing import Drawing
from elaas_identity.web.exchange import WebResponse
from elaas_identity.web.forgery import form_token


class Showing:
    """Draws them. Its arguments are those of `Pages`."""

    def __init__(
        self,
        drawing: Drawing,
        *,
        keyring: Keyring,
        cookie: BrowserCookie,
        prefix: str,
        signed_in_path: str,
        step_up_path: str,
    ) -> None:
        self._drawing = drawing
        self._keyring = keyring
        self._cookie = cookie
        self._prefix = prefix
        self._signed_in_path = signed_in_path
        self._step_up_path = step_up_path

    def flow_url(self, flow_id: str) -> str:
        """The path of a flow's page."""
        return f"{self._prefix}/flow/{quote(flow_id, safe='')}"

    def sign_in(
        self,
        browser: Browser,
        problem: Problem | None = None,
        *,
        status: int = 200,
        username: str = "",
        guessed: bool = False,
    ) -> WebResponse:
        """The ways in. Where somebody `guessed` too often, the one that no guesser can shut comes first (R4.1)."""
        response = self._drawing.page(
            "sign_in.html",
            status=status,
            problem=problem,
            username=username,
            guessed=guessed,
            csrf=form_token(self._keyring, browser),
        )
        return self._with_cookie(response, browser)

    def change_password(
        self, browser: Browser, problem: Problem | None = None, *, status: int = 200
    ) -> WebResponse:
        """The current password, before a new one may be set."""
        response = self._drawing.page(
            "change_password.html",
            status=status,
            problem=problem,
            onward=self._signed_in_path,
            csrf=form_token(self._keyring, browser),
        )
        return self._with_cookie(response, browser)

    def step(self, asked: Asked, progress: Progress, problem: Problem | None, *, status: int) -> WebResponse:
        """What the person has to do next, or what has come of it."""
        if isinstance(progress.step, StepUpProof):  # The portal knows what is about to be done.
            flow_id = quote(progress.flow_id, safe="")
            return self._drawing.redirect(f"{self._step_up_path}?flow={flow_id}")
        return self._drawing.page(
            f"{progress.step.kind}.html",
            status=status,
            # What is over has nothing to be put right.
            problem=None if isinstance(progress.step, Ended) else problem,
            progress=progress,
            step=progress.step,
            flow_url=self.flow_url(progress.flow_id),
            seen=mark(progress),
            csrf=form_token(self._keyring, asked.browser),
            in_app=asked.in_app,
            onward=self._signed_in_path,
            typed_email=asked.arguments.get("email", "") if problem else "",
            typed_username=asked.arguments.get("username", "") if problem else "",
        )

    def problem_page(self, message_id: str, *, status: int) -> WebResponse:
        """That something is wrong, and nothing else."""
        return self._drawing.page("problem.html", status=status, problem=Problem(say(message_id)))

    def _with_cookie(self, response: WebResponse, browser: Browser) -> WebResponse:
        if browser.is_new:
            return response.with_header("set-cookie", self._cookie.set(browser.token))
        return response
