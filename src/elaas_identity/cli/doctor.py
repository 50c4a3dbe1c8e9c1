"""`elaas-identity doctor`: what is set up wrongly, each with what to do. It changes nothing and sends no mail."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import stat
import subprocess
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from inspect import isawaitable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from elaas_identity.accounts.account import AccountRecord
from elaas_identity.change import Key
from elaas_identity.errors import ElaasIdentityError
from elaas_identity.flow.policy import FOR_TESTS
from elaas_identity.oidc import jwks, metadata
from elaas_identity.ports import Transport
from elaas_identity.providers.http import HTTPXTransport
from elaas_identity.providers.memory import AsyncMemoryStore, MemoryStore
from elaas_identity.providers.thaid import SANDBOX

if TYPE_CHECKING:
    from elaas_identity._async.elaas_identity import AsyncElaasIdentity
    from elaas_identity._sync.elaas_identity import ElaasIdentity

LONGEST_SKEW = timedelta(seconds=30)
"""Between this machine's clock and ThaID's: half of what an ID token's times may be off by (R5.4)."""

_SECRETS = re.compile(
    r"^\s*(?:export\s+)?(ELAAS_IDENTITY_\w*(?:KEYS?|SECRET|PASSWORD)\w*|\w*SMTP_PASSWORD\w*)\s*=\s*\S",
    re.MULTILINE,
)
_SIGNS = {"ok": "ok  ", "look": "LOOK", "wrong": "WRONG"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        state: "look": it may be meant so, and is not fit for production.
        do: what to do; empty where all is well.
    """

    what: str
    state: Literal["ok", "look", "wrong"]
    says: str
    do: str = ""


def run(elaas: ElaasIdentity | AsyncElaasIdentity) -> int:
    """Look at everything, and print what was found. 1 where something is wrong."""
    with closing(HTTPXTransport()) as transport, asyncio.Runner() as loop:

        def done(answer: Any) -> Any:
            return loop.run(_awaited(answer)) if isawaitable(answer) else answer

        found = list(examined(elaas, transport=transport, environ=os.environ, folder=Path.cwd(), done=done))
    for each in found:
        print(f"{_SIGNS[each.state]}  {each.what}: {each.says}")
        if each.do:
            print(f"      {each.do}")
    return int(any(each.state == "wrong" for each in found))


async def _awaited(answer: Awaitable[Any]) -> Any:
    return await answer


def examined(
    elaas: ElaasIdentity | AsyncElaasIdentity,
    *,
    transport: Transport,
    environ: Mapping[str, str],
    folder: Path,
    done: Callable[[Any], Any] = lambda answer: answer,
) -> Iterator[Finding]:
    """Every finding, in the order in which a portal is set up.

    Args:
        transport: asks ThaID.
        folder: of the portal's repository.
        done: what an asynchronous provider's answer comes to.
    """
    yield from _keys(environ)
    yield from _files(folder)
    yield from _redirect_uri(elaas.identity_provider)
    yield from _identity_provider(elaas.identity_provider, transport, elaas.clock())
    yield from _mailer(elaas.mailer, done)
    yield from _store(elaas.store, done)
    if elaas.policy == FOR_TESTS:
        yield Finding(
            "policy",
            "wrong",
            "FOR_TESTS hashes passwords so weakly that they can be guessed",
            "leave policy out, or give FlowPolicy(…)",
        )
    else:
        yield Finding("policy", "ok", "hashes as strongly as the minimum, or more")


def _keys(environ: Mapping[str, str]) -> Iterator[Finding]:
    entries = [entry for entry in environ.get("ELAAS_IDENTITY_KEYS", "").split(",") if ":" in entry]
    if not entries:
        yield Finding("keyring", "look", "not from ELAAS_IDENTITY_KEYS: its strength was not looked at")
        return
    weak = [
        key_id.strip()
        for key_id, _, secret in (entry.partition(":") for entry in entries)
        if _is_weak(secret)
    ]
    if weak:
        yield Finding(
            "keyring",
            "wrong",
            f"{', '.join(weak)} is no random secret",
            "make one with `elaas-identity keygen`, make it current, and run accounts.rekey(): docs/operations.md",
        )
    else:
        yield Finding("keyring", "ok", f"{len(entries)} keys, random as far as can be seen")


def _is_weak(secret: str) -> bool:
    """32 random bytes hold 30 different ones on average, and fewer than 20 once in 10¹⁰ times."""
    try:
        raw = base64.urlsafe_b64decode(secret.strip() + "=" * (-len(secret.strip()) % 4))
    except ValueError:
        return True
    return len(set(raw)) < 20


def _files(folder: Path) -> Iterator[Finding]:
    """Secrets in a file of the repository: read by whoever can read that."""
    held = [path for path in sorted(folder.glob(".env*")) if path.is_file() and _holds_secrets(path)]
    for path in held:
        if _is_tracked(path):
            yield Finding(
                path.name,
                "wrong",
                "holds secrets, and git tracks it",
                "take it out of the repository (`git rm --cached`), and make every secret in it anew",
            )
        elif os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            yield Finding(
                path.name,
                "wrong",
                "holds secrets, and others on this machine can read it",
                f"chmod 600 {path.name}",
            )
        else:
            yield Finding(
                path.name, "ok", "holds secrets; git does not track it, and only its owner reads it"
            )


def _holds_secrets(path: Path) -> bool:
    try:
        return _SECRETS.search(path.read_text(encoding="utf-8", errors="replace")) is not None
    except OSError:
        return False


def _is_tracked(path: Path) -> bool:
    command = ("git", "-C", str(path.parent), "ls-files", "--error-unmatch", path.name)
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603
    except OSError:  # no git here
        return False


def _redirect_uri(provider: object) -> Iterator[Finding]:
    uri = getattr(provider, "redirect_uri", None)
    if not isinstance(uri, str):
        return
    parts = urlsplit(uri)
    if parts.scheme == "http":
        yield Finding(
            "redirect URI",
            "look",
            f"{uri} is this machine alone",
            "in production: https, registered at ThaID to the letter; cookies named __Host-… are kept on https only",
        )
    else:
        yield Finding("redirect URI", "ok", f"{uri}; it has to be registered at ThaID to the letter")


def _identity_provider(provider: object, transport: Transport, now: datetime) -> Iterator[Finding]:
    issuer = getattr(provider, "issuer", None)
    if not isinstance(issuer, str):
        yield Finding("identity provider", "look", "it does not tell its issuer, so it was not asked")
        return
    if issuer == SANDBOX:
        yield Finding(
            "identity provider", "look", "the sandbox: no person is real there", "ThaID(…) in production"
        )
    try:
        answer = transport.send(metadata.discovery_request(issuer))
        known = metadata.process_discovery(answer, issuer)
        jwks.process_jwks(transport.send(jwks.jwks_request(known.jwks_uri)))
    except ElaasIdentityError as error:
        yield Finding(
            "identity provider",
            "wrong",
            f"{issuer}: {error.code}: {error.detail}",
            "look at the firewall and the proxy between this machine and it, and at https_proxy",
        )
        return
    yield Finding("identity provider", "ok", f"{issuer} has published its metadata and its keys")
    yield from _clock(answer.headers.get("date", ""), now)


def _clock(date: str, now: datetime) -> Iterator[Finding]:
    try:
        skew = now - parsedate_to_datetime(date)
    except (ValueError, TypeError):
        return
    if abs(skew) > LONGEST_SKEW:
        ahead = "ahead of" if skew > timedelta(0) else "behind"
        yield Finding(
            "clock",
            "wrong",
            f"{abs(skew).total_seconds():.0f} seconds {ahead} the identity provider's",
            "have this machine's clock set by NTP: beyond a minute every ID token is refused",
        )
    else:
        yield Finding("clock", "ok", "agrees with the identity provider's")


def _mailer(mailer: object, done: Callable[[Any], Any]) -> Iterator[Finding]:
    check = getattr(mailer, "check", None)
    if check is None:
        yield Finding("mail", "look", f"{type(mailer).__name__} has no check(), so it was not asked")
        return
    try:
        done(check())
    except ElaasIdentityError as error:
        yield Finding(
            "mail",
            "wrong",
            f"{error.code}: {error.detail}",
            "try host, port, security, username and password of SMTPMailer: docs/operations.md",
        )
    else:
        yield Finding("mail", "ok", f"{mailer!r} lets us in; no mail was sent")


def _store(store: Any, done: Callable[[Any], Any]) -> Iterator[Finding]:
    if isinstance(store, MemoryStore | AsyncMemoryStore):
        yield Finding(
            "store", "look", "in memory: all is gone when the process ends", "SQLStore(…) in production"
        )
        return
    try:
        done(store.load(Key(AccountRecord, "")))
    except ElaasIdentityError as error:
        if error.code == "store_schema":  # its detail is what to run
            yield Finding("store", "wrong", error.code, error.detail)
        else:
            look = "look at its URL, its password and its server"
            yield Finding("store", "wrong", f"{error.code}: {error.detail}", look)
    else:
        yield Finding("store", "ok", f"{type(store).__name__} answers, and its tables are of this version")
