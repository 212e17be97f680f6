"""When tables follow their inputs by themselves."""

from __future__ import annotations

import dagster as dg

# Like `eager`, but for every month that changed, not only the latest, and as soon as the first month is there.
FOLLOW_INPUTS = (
    dg.AutomationCondition.eager()
    .without(dg.AutomationCondition.in_latest_time_window())
    .without(~dg.AutomationCondition.any_deps_missing())
    .with_label("follows its inputs")
)

# For tables made of many: wait until nothing above is about to run. Otherwise the warehouse would be built beside
# its inputs, and their update, arriving at the tick after the request, would count as handled.
FOLLOW_SETTLED_INPUTS = (
    FOLLOW_INPUTS & ~dg.AutomationCondition.any_deps_match(dg.AutomationCondition.will_be_requested())
).with_label("follows its inputs when they are settled")
