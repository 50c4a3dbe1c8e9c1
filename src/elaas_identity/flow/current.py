"""Where a flow stands, and its end by the person. Acts: `current`, `cancel`."""

from __future__ import annotations

from elaas_identity.browser import Browser
from elaas_identity.change import Change
from elaas_identity.effects import Act
from elaas_identity.flow.advance import Rules, Seen, advance, recorded, unchanged
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.opening import opened, seen_by, settle
from elaas_identity.flow.standing import progress
from elaas_identity.flow.steps import Progress
from elaas_identity.flow.transitions import Input


def current(rules: Rules, moment: Moment, browser: Browser, flow_id: str) -> Act[Progress]:
    """Where the flow stands: for a reload, the back button, a second tab. Writes nothing."""
    seen = yield from seen_by(rules, moment, flow_id, browser)
    return progress(rules, seen, moment.now)


def cancel(rules: Rules, moment: Moment, browser: Browser, flow_id: str) -> Act[Progress]:
    """End the flow: the person stops here. The account stays as it was."""
    happened = Input.CANCELLED
    seen = yield from opened(rules, moment, browser, flow_id, happened)

    def decide(stands: Seen) -> Change:
        flow, event = advance(stands.flow, happened, moment)
        return recorded(Change(writes=(flow,), expects=unchanged(stands)), stands.flow, event)

    seen = yield from settle(rules, moment, seen, decide)
    return progress(rules, seen, moment.now)
