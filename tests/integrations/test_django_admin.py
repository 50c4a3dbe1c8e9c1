"""The accounts in Django's admin: who may do what, with a reason, in the language of the administrator."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.test import Client, override_settings

from elaas_identity import AccountStatus, Browser, FirstUse
from elaas_identity.flow.policy import FOR_TESTS
from elaas_identity.mail.composing import date_and_time
from elaas_identity.messages import say
from elaas_identity.testing import CITIZENS
from tests.integrations import django_portal
from tests.integrations.world import ISSUED, OFFICER, USERNAME, World, letter

BACKENDS = ["django.contrib.auth.backends.ModelBackend", "elaas_identity.django.backends.BindingBackend"]
ALL = ("view", "approve", "reject", "reissue", "unlock", "suspend", "restore", "hand_over")
SUCCESSOR = CITIZENS[2].national_id.reveal()
LIST = "/admin/elaas_identity/account/"


class Administrator:
    """Somebody of the office in Django's admin."""

    def __init__(self, name: str, acts: tuple[str, ...]) -> None:
        model: Any = get_user_model()
        user = model.objects.create_user(name, is_staff=True)
        codes = [f"{act}_account" for act in acts]
        user.user_permissions.set(Permission.objects.filter(codename__in=codes))
        self.client = Client(enforce_csrf_checks=True)
        self.client.force_login(user, backend=BACKENDS[0])

    def open(self, url: str, status: int = 200) -> str:
        answer = self.client.get(url, secure=True)
        assert status == answer.status_code
        return str(answer.content.decode())

    def send(self, url: str, page: str | None = None, **given: str) -> Any:
        """Fill in the page's form, and send it."""
        page = page or self.open(url)
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
        origin = {"origin": "https://testserver"}
        return self.client.post(url, hidden | given, secure=True, headers=origin)


@contextmanager
def office(world: World, **given: Any) -> Iterator[type[Administrator]]:
    with override_settings(AUTHENTICATION_BACKENDS=BACKENDS), django_portal.serving(world, **given):
        yield Administrator


@pytest.fixture
def world() -> World:
    world = World()
    world.onboard()
    return world


@pytest.fixture
def administrator(world: World) -> Iterator[Administrator]:
    with office(world) as somebody:
        yield somebody("somchai", ALL)


def account_of(world: World) -> Any:
    return world.administrator.accounts.find(USERNAME)


def url_of(world: World, act: str = "change") -> str:
    return f"{LIST}{account_of(world).id}/{act}/"


def test_every_account_is_listed_and_found(world: World, administrator: Administrator) -> None:
    """An office would have to ask a developer which accounts there are."""
    more = [replace(letter(), username=f"laas-{number:04}") for number in range(100)]
    world.administrator.accounts.provision(
        [replace(one, password=None, password_hash=HASH) for one in more], by="a", reason="b"
    )
    first = administrator.open(LIST)
    (onward,) = re.findall(r'href="(\?after=[^"]+)"', first)
    rest = administrator.open(LIST + onward)
    for one in (USERNAME, *(each.username for each in more)):
        assert 1 == (first + rest).count(f">{one}</a>")
    assert "?after=" not in rest
    assert f">{USERNAME}</a>" in administrator.open(f"{LIST}?q={USERNAME.upper()}")
    assert say("page.admin.no_account").en in administrator.open(f"{LIST}?q=nobody")
    assert url_of(world) in administrator.open(f"{LIST}?q={USERNAME}")
    administrator.open(f"{LIST}nowhere/change/", 404)
    administrator.open(url_of(world, "erase"), 404)
    assert LIST in administrator.open("/admin/")


HASH = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$3Mhy8eAwkTmfnF8zJdPMmfGDkJrpBPL7PcCKo2yo6Nw"


def test_r1_3_an_act_asks_for_its_reason_and_is_told_with_the_name(
    world: World, administrator: Administrator
) -> None:
    """R1.3: nobody would know who suspended an account, and on which order."""
    suspend, restore = url_of(world, "suspend"), url_of(world, "restore")
    assert suspend in administrator.open(url_of(world))
    assert restore not in administrator.open(url_of(world))
    assert 200 == administrator.send(suspend, reason="  ").status_code
    assert AccountStatus.ACTIVE is account_of(world).status
    world.clock.shift(seconds=1)
    assert 302 == administrator.send(suspend, reason="order 7/2568").status_code
    assert AccountStatus.SUSPENDED is account_of(world).status
    page = administrator.open(url_of(world))
    assert say("page.admin.done", act="Suspend", username=USERNAME).en in page
    assert ["account.suspended", "done", "somchai", "order 7/2568"] == rows(page)[-1][1:]
    assert suspend not in page
    twice = unescape(administrator.send(suspend, reason="twice").content.decode())
    assert say("error.account_status").en in twice
    assert 302 == administrator.send(restore, reason="order 8/2568").status_code
    assert AccountStatus.ACTIVE is account_of(world).status


def rows(page: str) -> list[list[str]]:
    """The cells of each row."""
    return [re.findall(r"<td>(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", page)]


@pytest.mark.parametrize("act", ALL[1:])
def test_who_lacks_the_permission_is_refused(world: World, act: str) -> None:
    """R1.3: whoever may look at accounts could hand one over."""
    with office(world) as somebody:
        without = somebody("clerk", tuple(each for each in ALL if each != act))
        assert url_of(world, act) not in without.open(url_of(world))
        without.open(url_of(world, act), 403)
        before = account_of(world)
        form = without.open(url_of(world, "suspend" if act != "suspend" else "unlock"))
        sent = {"reason": "order", "national_id": SUCCESSOR}
        assert 403 == without.send(url_of(world, act), form, **sent).status_code
        assert before == account_of(world)


def test_who_may_not_look_sees_nothing(world: World) -> None:
    """The list of accounts would be open to every clerk with a part in the admin, or to the internet."""
    with office(world) as somebody:
        stranger = somebody("stranger", ALL[1:])
        for url in (LIST, url_of(world)):
            stranger.open(url, 403)
            assert 302 == Client().get(url, secure=True).status_code
        answer = stranger.client.post(url_of(world, "unlock"), {"reason": "r"}, secure=True)
        assert 403 == answer.status_code  # without the form's token


def test_a_fresh_password_is_shown_once(world: World, administrator: Administrator) -> None:
    """R1.8: it would be lost before the letter is written, or stay where others read it."""
    reissue = url_of(world, "reissue")
    form = administrator.open(reissue)
    answer = administrator.send(reissue, form, reason="lost letter")
    (password,) = re.findall(r"<code>(.+?)</code>", answer.content.decode())
    assert "no-store" in answer["Cache-Control"]
    elaas, browser = world.administrator, Browser.new(world.keyring)
    assert elaas.begin(USERNAME, password, browser=browser).flow_id
    page = administrator.open(url_of(world))
    assert password not in page
    assert say("page.label.onboarding").en in page  # the flow that has just begun
    assert say("page.steps.identity").en in page
    again = administrator.send(reissue, form, reason="lost letter").content.decode()
    assert f"<li>{say('page.admin.changed').en}</li>" in again
    assert elaas.begin(USERNAME, password, browser=browser).flow_id


def test_r7_2_a_hand_over_never_shows_the_national_id(world: World, administrator: Administrator) -> None:
    """R7.2: it would stand in the page that says what was wrong, and in the browser's history of it."""
    hand_over = url_of(world, "hand_over")
    wrong = SUCCESSOR[:-1] + str((int(SUCCESSOR[-1]) + 1) % 10)
    refused = administrator.send(hand_over, reason="moved", national_id=wrong).content.decode()
    assert say("page.admin.national_id_wrong").en in refused
    assert wrong not in refused
    spaced = f"{SUCCESSOR[0]}-{SUCCESSOR[1:5]}-{SUCCESSOR[5:10]}-{SUCCESSOR[10:12]}-{SUCCESSOR[12]}"
    done = administrator.send(hand_over, reason="moved", national_id=spaced).content.decode()
    assert re.search(r"<code>.+</code>", done)
    assert AccountStatus.ISSUED is account_of(world).status
    for page in (done, administrator.open(url_of(world)), administrator.open(LIST)):
        for digits in (SUCCESSOR, spaced, OFFICER.national_id.reveal()):
            assert digits not in page
    assert "<td>account.handed_over</td>" in administrator.open(url_of(world))


def test_who_waits_is_approved_by_who_sees_their_name() -> None:
    """R1.3: an administrator would approve without seeing whom."""
    world = World()
    waits = replace(letter(), person=FirstUse(needs_approval=True))
    world.administrator.accounts.provision([waits], by="a", reason="b")
    elaas, browser = world.administrator, Browser.new(world.keyring)
    flow_id = elaas.begin(USERNAME, ISSUED, browser=browser).flow_id
    back = world.emulator.approve(elaas.authorize(flow_id, browser=browser).url, OFFICER)
    elaas.receive_callback(back.partition("?")[2], browser=browser)
    elaas.submit_email(flow_id, "clerk@sommut.example.go.th", browser=browser)
    elaas.confirm_and_set_password(flow_id, world.outbox.code, "another long phrase", browser=browser)
    with office(world) as somebody:
        administrator = somebody("somchai", ALL)
        page = administrator.open(url_of(world))
        assert OFFICER.name in page
        (approve,) = re.findall(r'href="([^"]+/approve/\?flow=[^"]+)"', page)
        gone = administrator.send(f"{url_of(world, 'approve')}?flow=nobody", reason="r").content.decode()
        assert say("error.approval_unknown").en in gone
        assert 302 == administrator.send(approve, reason="spoke on the telephone").status_code
        assert AccountStatus.ACTIVE is account_of(world).status
        assert OFFICER.name not in administrator.open(url_of(world))


def test_a_second_administrator_is_asked_for(world: World) -> None:
    """R1.3: one administrator alone could give an account away."""
    policy = replace(FOR_TESTS, four_eyes=frozenset({"suspend"}))
    world._same["policy"] = policy
    with office(world) as somebody:
        first, second = somebody("first", ALL), somebody("second", ALL)
        assert 302 == first.send(url_of(world, "suspend"), reason="order").status_code
        page = first.open(url_of(world))
        assert say("error.second_person_needed").en in page
        assert say("page.admin.second_person").en in page
        assert AccountStatus.ACTIVE is account_of(world).status
        assert 302 == second.send(url_of(world, "suspend"), reason="order").status_code
        assert AccountStatus.SUSPENDED is account_of(world).status


def test_r8_1_thai_where_the_admin_is_thai(world: World, administrator: Administrator) -> None:
    """R8.1: a clerk of the office would read English in a Thai admin, or the times of another zone and era."""
    with override_settings(LANGUAGE_CODE="th", TIME_ZONE="America/New_York"):
        page = administrator.open(url_of(world)) + administrator.open(url_of(world, "hand_over"))
        assert f">{say('page.admin.accounts').th}</a>" in administrator.open("/admin/")
    assert f"<td>{date_and_time(world.clock()).th}</td>" in page
    for word in ("page.admin.events", "page.act.suspend", "page.admin.reason_hint", "page.status.active"):
        assert say(word).th in page
        assert say(word).en not in page


def test_a_store_that_is_away_is_told(world: World, administrator: Administrator) -> None:
    """Invariant 5: an administrator would be shown a broken page, or an empty list."""
    url = url_of(world)
    world.store.away = True
    assert say("error.store_unavailable").en in administrator.open(url, 503)
    world.store.away = False


def test_the_asynchronous_facade_has_them_too(world: World) -> None:
    """A portal under ASGI would be left without."""
    with override_settings(AUTHENTICATION_BACKENDS=BACKENDS), django_portal.serving_async(world):
        administrator = Administrator("somchai", ALL)
        assert USERNAME in administrator.open(LIST)
        assert 302 == administrator.send(url_of(world, "suspend"), reason="order").status_code
        assert "account.suspended" in administrator.open(url_of(world))


def test_migrations_are_those_of_the_models() -> None:
    """A portal's `makemigrations` would write a migration into the library."""
    call_command("makemigrations", "elaas_identity", check=True, dry_run=True, verbosity=0)
