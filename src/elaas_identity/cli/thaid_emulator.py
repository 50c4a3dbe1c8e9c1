"""`elaas-identity thaid-emulator`: ThaID and a mailbox on this machine, for a portal that is being written."""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from urllib.parse import unquote, urlsplit

from jinja2 import PackageLoader

from elaas_identity.demo.mailbox import MailboxPages
from elaas_identity.demo.until_stopped import until_stopped
from elaas_identity.keyring import SECRET_BYTES, Keyring
from elaas_identity.messages import say
from elaas_identity.oidc.http import Request, Response
from elaas_identity.testing import CITIZENS, Client, LoopbackHTTP, LoopbackSMTP, ReceivedMail, ThaIDEmulator
from elaas_identity.testing.running import HOST, Running
from elaas_identity.web.exchange import WebRequest, WebResponse
from elaas_identity.web.pages import Pages
from elaas_identity.web.site import Site

_MAIL = re.compile(r"/mailbox/(\d{1,6})(/html)?")


def run(given: argparse.Namespace) -> int:
    """Start everything, say what to paste into the portal's settings, and wait for Ctrl-C.

    Returns:
        The exit status: 0, or 1 where a port is taken, or the variable of the secret is not set.
    """
    secret = "not a secret" if given.secret_from_env is None else os.environ.get(given.secret_from_env, "")
    if not secret:
        print(f"thaid-emulator: the variable {given.secret_from_env} is not set, or empty", file=sys.stderr)
        return 1
    client = Client(client_id=given.client_id, client_secret=secret, redirect_uris=given.redirect_uri)
    emulator = ThaIDEmulator.served(port=given.port, clients=(client,))
    smtp = LoopbackSMTP(port=given.smtp_port)
    answer = _mailbox(smtp.mails)

    def answer_here(request: Request) -> Response:
        return answer(request, urlsplit(mailbox.url).netloc)

    mailbox = LoopbackHTTP(answer_here, port=given.mailbox_port)
    servers: dict[str, Running] = {"--port": emulator, "--smtp-port": smtp, "--mailbox-port": mailbox}
    with ExitStack() as running:
        for option, server in servers.items():
            try:
                running.enter_context(server)
            except OSError as problem:
                print(f"thaid-emulator: {option} cannot be used ({problem.strerror})", file=sys.stderr)
                return 1
        until_stopped(lambda: _announce(given, emulator.issuer, mailbox.url, smtp.port))
    print("\nthaid-emulator: ended")
    return 0


def _mailbox(mails: Sequence[ReceivedMail]) -> Callable[[Request, str], Response]:
    """The mailbox's pages. Another name for this machine is refused: a page of the internet could bear it."""
    pages = Pages(
        keyring=Keyring({"mailbox": secrets.token_bytes(SECRET_BYTES)}, current="mailbox"),
        origin=f"http://{HOST}",
        site=Site(name=say("page.demo.mailbox"), banner=say("page.demo.banner")),
        identity_provider_origins=(),
        templates=(PackageLoader("elaas_identity.demo"),),
    )
    mailbox = MailboxPages(mails, pages)

    def found(request: Request) -> WebResponse | None:
        url = urlsplit(request.url)
        asked = WebRequest(
            method=request.method, path=unquote(url.path), query=url.query, headers=request.headers
        )
        if url.path == "/":
            return pages.drawing.redirect("/mailbox")
        if url.path == "/mailbox":
            return mailbox.listed(asked)
        if mail := _MAIL.fullmatch(url.path):
            return mailbox.html(int(mail[1])) if mail[2] else mailbox.shown(int(mail[1]), asked)
        return pages.drawing.static(url.path.removeprefix("/static/"))

    def answer(request: Request, host: str) -> Response:
        if request.headers.get("host") != host:
            return Response(status=421)
        shown = found(request) if request.method in ("GET", "HEAD") else None
        if shown is None:
            return Response(status=404)
        return Response(status=shown.status, headers=dict(shown.headers), body=shown.body)

    return answer


def _announce(given: argparse.Namespace, issuer: str, mailbox: str, smtp_port: int) -> None:
    secret = "not a secret" if given.secret_from_env is None else None
    shown_secret = json.dumps(secret) if secret else f"os.environ[{json.dumps(given.secret_from_env)}]"
    people = "\n".join(
        f"  {citizen.national_id.reveal()}  {citizen.name} – {citizen.name_en}" for citizen in CITIZENS
    )
    print(
        f"""\
*** ตัวจำลอง ThaID สำหรับพัฒนาและทดสอบเท่านั้น ห้ามใช้กับระบบจริง ***
*** ThaID EMULATOR, for development and tests only: whoever reaches it can be anybody ***

  ThaID     {issuer}
  Mailbox   {mailbox}/mailbox
  SMTP      {HOST}:{smtp_port}

All three listen on {HOST} alone. Settings of a portal under development:

    identity_provider=ThaID(
        client_id={json.dumps(given.client_id)},
        client_secret={shown_secret},
        redirect_uri={json.dumps(given.redirect_uri[0])},
        issuer={json.dumps(issuer)},
    ),
    mailer=SMTPMailer("{HOST}", {smtp_port}, sender="no-reply@portal.example.go.th", security="none"),

Who can prove themselves; nobody of them exists:

{people}

Ctrl-C ends everything.""",
        flush=True,
    )
