"""The command `elaas-identity demo`: starts the world, says where everything is, and waits for Ctrl-C."""

from __future__ import annotations

import time

from rich.console import Console

from elaas_identity.demo.issued import ISSUED
from elaas_identity.demo.until_stopped import until_stopped
from elaas_identity.demo.walk import Walk
from elaas_identity.demo.world import SIGN_IN, CannotStart, OtherProvider, World
from elaas_identity.flow.policy import SignInPolicy
from elaas_identity.messages import say

_SIGNS_IN = {
    SignInPolicy.PASSWORD: "with the password that is set",
    SignInPolicy.PASSWORD_AND_TOTP: "with password and authenticator app",
    SignInPolicy.PASSWORD_AND_THAID: "with password and ThaID",
}


def run(*, port: int = 0, other: OtherProvider | None = None, walk: bool = False) -> int:
    """Run the demonstration; with `walk`, walk through it and end.

    Returns:
        The exit status: 0, or 1 where it could not start or the walk went wrong.
    """
    console = Console(soft_wrap=True, highlight=False, markup=False)
    try:
        with World(port=port, other=other) as world:
            return _walk(world, console) if walk else _wait(world, console)
    except CannotStart as problem:
        Console(stderr=True, soft_wrap=True, highlight=False, markup=False).print(f"demo: {problem}")
        return 1


def _walk(world: World, console: Console) -> int:
    begun = time.perf_counter()
    console.print(f"portal {world.origin}, ThaID emulator {world.identity_provider_url}; all data invented")
    completed = Walk(world, console.print).run()
    console.print(f"{time.perf_counter() - begun:6.2f} s  in all")
    console.print(f"mandated flow: {'completed' if completed else 'NOT completed'}")
    return 0 if completed else 1


def _wait(world: World, console: Console) -> int:
    until_stopped(lambda: _announce(world, console))
    console.print("\ndemo: ended")
    return 0


def _announce(world: World, console: Console) -> None:
    banner = say("page.demo.banner")
    provider = "ThaID emulator" if world.thaid else "OpenID provider"
    console.print(f"{banner.th} / {banner.en}", style="bold")
    console.print()
    console.print(f"  Begin here       {world.origin}/start")
    console.print(f"  Portal           {world.origin}/sign-in")
    console.print(f"  Mailbox          {world.origin}/mailbox")
    console.print(f"  Administrator    {world.origin}/office")
    console.print(f"  {provider:<16} {world.identity_provider_url}")
    console.print()
    console.print("Issued accounts, as a letter would bring them:", style="bold")
    for issued in ISSUED:
        console.print()
        console.print(f"  Username  {issued.username}")
        console.print(f"  Password  {issued.password}")
        console.print(f"  Agency    {issued.agency_name} ({say(f'page.kind.{issued.kind}').en})")
        console.print(f"  Signs in  {_SIGNS_IN[SIGN_IN.get(issued.kind, SignInPolicy.PASSWORD)]}")
        if issued.citizen is None:
            console.print("  Opens for whoever verifies first, once the administrator approves")
        elif world.thaid is None:
            console.print("  Opens for whoever verifies first")
        else:
            console.print(f"  Opens for {issued.citizen.name} – {issued.citizen.name_en}")
    console.print()
    console.print(
        "Use Chrome, Edge or Firefox: Safari keeps no secure cookie on plain http. Ctrl-C ends everything."
    )
