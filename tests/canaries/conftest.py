"""One walk in each flavour, looked at by every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.canaries.account_life import account_life
from tests.canaries.everything_logged import everything_logged
from tests.canaries.onboarding import forgotten_password, onboarding, the_end
from tests.canaries.watched import Watched, watched_portal
from tests.facade.portal import FLAVOURS


@pytest.fixture(scope="package", params=FLAVOURS)
def watched(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with watched_portal(request.param, tmp_path_factory.mktemp("canaries")) as portal:
        with everything_logged(portal.log):
            account_id = onboarding(portal)
            forgotten_password(portal, account_id)
            account_life(portal)
            the_end(portal, account_id)
        yield portal
