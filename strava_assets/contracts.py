"""What we rely on at each of Strava's addresses, and what we do not know: docs/contracts.md as data.

An address that the code asks for and that is missing here fails a test. Figures come from the code itself.
"""

from __future__ import annotations

from resources.contract import Contract
from resources.state import RETRY_AFTER_NOT_SERVED
from resources.strava import PER_PAGE
from strava_assets.items import RETRY_LATE_STREAMS, STREAMS_ARE_LATE
from strava_assets.listing import LOOK_BACK
from strava_assets.removals import MOST_GONE_SHARE

AFTER_A_CHANGE = "asked once, and again after a change that the list shows"
WITH_ITS_ACTIVITY = "erased with its activity"

CONTRACTS = (
    Contract(
        address="GET /athlete/activities",
        resource="activities",
        gives="the athlete's activities as summaries; one that changed is landed by itself, in the month of its start",
        key="`id`, beyond 2^31 since 2019",
        cursor="`before`, in seconds of the start; pages by number shift when something is uploaded meanwhile",
        order="newest first by start, unless only `after` is given; hidden starts are one second past midnight",
        page_limit=f"{PER_PAGE}; a page may be shorter and not the last, the end is one that brings nothing new",
        edit_window=(
            f"each run compares {LOOK_BACK.days} days back from the newest, a weekly full listing everything; counters"
            " that others move are no edit"
        ),
        delete_signal=(
            f"missing in a clean full listing with no right lost, at most {MOST_GONE_SHARE:.0%} of all, and a 404"
        ),
        gaps=(
            "late uploads appear anywhere in the past: found by the full listing",
            "an activity that nobody but the athlete sees is not there without activity:read_all",
            "`start_date_local` ends in Z and is the wall clock",
        ),
    ),
    Contract(
        address="GET /activities/{id}",
        resource="activity_details",
        gives="description, calories, device and laps of one activity",
        key="`id`, which must be the one that was asked for; laps by `lap_index`",
        page_limit="one activity an answer",
        edit_window=AFTER_A_CHANGE,
        delete_signal="404, which says as much of one that is hidden; believed as the list's contract tells",
        gaps=("an edited description alone is seen only by a webhook event or with another change",),
    ),
    Contract(
        address="GET /activities/{id}/streams",
        resource="activity_streams",
        gives="the series of one recorded activity, all keys",
        key="the id that was asked for, name of the series, place of the sample",
        page_limit="one activity an answer, in full resolution",
        edit_window="asked once, and again when distance or time changed; then it was cut or made anew",
        delete_signal=WITH_ITS_ACTIVITY,
        gaps=(
            f"404 may be not yet: asked again after {RETRY_LATE_STREAMS.seconds // 3600} h until the activity is"
            f" {STREAMS_ARE_LATE.days} days old, then after {RETRY_AFTER_NOT_SERVED.days} days",
            "without `keys` only the distance comes, without `key_by_type` a list",
        ),
    ),
    Contract(
        address="GET /activities/{id}/zones",
        resource="activity_zones",
        gives="seconds in each zone of heart rate, pace and power, of activities with heart rate",
        key="the id that was asked for, kind and place of the zone",
        page_limit="one activity an answer",
        edit_window=AFTER_A_CHANGE,
        delete_signal=WITH_ITS_ACTIVITY,
        gaps=("a maximum of -1 is open", "a part of the paid subscription: what others get is not known"),
    ),
    Contract(
        address="GET /gear/{id}",
        resource="gear",
        gives="a bike or a pair of shoes that some activity names, retired ones included",
        key="`id`: b for bikes, g for shoes",
        page_limit="one an answer",
        edit_window="none: asked once, so distance and retirement are as of then",
        delete_signal=f"none; a 404 is asked again after {RETRY_AFTER_NOT_SERVED.days} days",
        gaps=("the athlete's own list lacks what is retired and is not used",),
    ),
    Contract(
        address="GET /athlete",
        resource="athletes",
        gives="who the sign-in is",
        key="`id`",
        page_limit="one an answer",
        edit_window="asked after each sign-in and with each full listing",
        delete_signal="a webhook event with `authorized: false`, or `paceline forget`: all of the athlete is erased",
        gaps=("without profile:read_all it is a summary",),
    ),
    Contract(
        address="POST /oauth/token",
        resource="",
        gives="an access token for six hours, and the refresh token to go on with",
        edit_window="renewed ten minutes before its end or at a 401; with an hour left the same token comes again",
        delete_signal="400 about the refresh token: sign in again. 403 Inactive: the application, not the token",
        gaps=(
            "the refresh token may change at any time, and the old one is dead then",
            "`scope` may be absent, with blanks or with commas",
        ),
    ),
    Contract(
        address="GET /oauth/authorize",
        resource="",
        gives="the page at which the athlete allows it; opened in a browser",
    ),
)
