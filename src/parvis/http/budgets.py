"""Rate limits: one general limit for each caller, and named ones for what costs more."""

import time
from typing import NamedTuple

from parvis.http.address import bucket
from parvis.http.call import Call
from parvis.http.counters import Counters
from parvis.kernel.errors import TooMany
from parvis.settings import Limits

_FIVE_MINUTES = 300
_HALF_HOUR = 1800
_HOUR = 3600
_DAY = 86_400
_BY_ADDRESS = ("apps", "sign_up", "log_in")  # whoever the token says it is


class Budget(NamedTuple):
    """So many in a window of so many seconds."""

    limit: int
    window_s: int


class Budgets:
    """Counts each call. The key is who calls (member, app, address), never what a header or the path's spelling says."""

    def __init__(self, limits: Limits, counters: Counters) -> None:
        self._counters = counters
        self.enabled = limits.enabled
        self._member = Budget(limits.per_account, _FIVE_MINUTES)
        self._app = Budget(limits.per_app, _FIVE_MINUTES)
        self._address = Budget(limits.per_address, _FIVE_MINUTES)
        self._named = {
            "media": Budget(limits.media_per_30min, _HALF_HOUR),
            "post": Budget(limits.posts_per_30min, _HALF_HOUR),
            "delete": Budget(limits.deletes_per_30min, _HALF_HOUR),
            "report": Budget(limits.reports_per_hour, _HOUR),
            "follow": Budget(limits.follows_per_day, _DAY),
            "search": Budget(limits.searches, _FIVE_MINUTES),
            "apps": Budget(limits.apps_per_address, _FIVE_MINUTES),
            "sign_up": Budget(limits.sign_ups_per_address, _HOUR),
            "log_in": Budget(limits.log_ins_per_address, _HOUR),
        }

    def spend(self, call: Call) -> None:
        """Count this call. TooMany when its caller has used up a limit; the standing goes into the headers."""
        if not self.enabled:
            return
        grant = call.grant
        if grant is None:
            key, budget = "ip:" + bucket(call.address), self._address
        elif grant.account_id is None:
            key, budget = f"app:{grant.app_id}", self._app
        else:
            key, budget = f"account:{grant.account_id}", self._member
        call.standing = self._counters.hit(key, budget.limit, budget.window_s)
        if call.standing.over:
            raise self._too_many(call)
        if (call.route.budget and call.method not in ("GET", "HEAD")) or call.route.budget == "search":
            named = self._named[call.route.budget]
            who = "ip:" + bucket(call.address) if call.route.budget in _BY_ADDRESS else key
            standing = self._counters.hit(f"{call.route.budget}:{who}", named.limit, named.window_s)
            if standing.left < call.standing.left:
                call.standing = standing
            if standing.over:
                raise self._too_many(call)

    def spend_unmatched(self, address: str) -> None:
        """Count a call that found no route, so that guessing paths is not free."""
        if self.enabled:
            standing = self._counters.hit("ip:" + bucket(address), self._address.limit, self._address.window_s)
            if standing.over:
                raise TooMany(retry_after=_FIVE_MINUTES)

    def _too_many(self, call: Call) -> TooMany:
        standing = call.standing
        wait = max(1, standing.resets_at - int(time.time())) if standing else _FIVE_MINUTES
        return TooMany(retry_after=wait)
