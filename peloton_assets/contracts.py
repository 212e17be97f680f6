"""What we rely on at each address of the provider, and what we do not know: docs/contracts.md as data.

An address that the code asks for and that is missing here fails a test. Figures come from the code itself.
"""

from __future__ import annotations

from peloton_assets.incremental import SETTLED_AFTER
from peloton_assets.references import FRESH_FOR
from peloton_assets.schedules import SECOND_LOOK
from peloton_assets.workout_list import MOST_REMOVED_SHARE
from resources.contract import Contract
from resources.peloton_list import MOST_PAGES, PAGE_ROWS
from resources.state import RETRY_AFTER_NOT_SERVED

CONTRACTS = (
    Contract(
        address="GET /api/v2/ride/archived",
        resource="ride_archived",
        gives="the list of classes, and side tables of instructors and class types",
        key="`data[].id`; a class may be listed under several categories, and on two pages while the list moves",
        cursor="page number from 0. No date filter: the month is found by halving, then by where it lay last time",
        order="newest first by time of the stream; whether by scheduled or by real time is not known",
        page_limit=f"{PAGE_ROWS} rows whatever is asked; the end follows from `total`, at most {MOST_PAGES:,} pages",
        edit_window=(
            f"a month is read anew until {SETTLED_AFTER.days} days after its end (the daily schedule looks back"
            f" {SECOND_LOOK.days} days), afterwards by the weekly full walk; ratings and counters move daily"
        ),
        delete_signal="none. A class that a clean walk over the whole list no longer shows is marked, never deleted",
        gaps=(
            "`page_count` and `show_next` follow the limit that was asked for and are ignored",
            "rows slip between pages while classes are removed: a page is read again when `total` falls",
            "filters of the account hide explicit and prenatal classes",
            "a session cookie opens other addresses but not this one",
        ),
    ),
    Contract(
        address="GET /api/ride/{ride_id}/details",
        resource="ride_details",
        gives="one class with its playlist, instructor and class types",
        key="`ride.id`, which must be the one that was asked for; a play is its class and its place in the playlist",
        page_limit="one class an answer",
        order="songs by `start_time_offset`; before 2021 they come in no order and without `index`",
        edit_window=(
            "none: asked once for each class, ever. A playlist that is changed later is seen with `--refresh`"
        ),
        delete_signal=(
            f"404 or 410 with a JSON body, asked again after {RETRY_AFTER_NOT_SERVED.days} days; what was landed stays"
        ),
        gaps=(
            "classes without music come without a playlist, with null or with an empty one",
            "whether a removed class is still served is not known",
            "403 is a throttle or a block page and says nothing about the class",
        ),
    ),
    Contract(
        address="GET /api/instructor",
        resource="instructors",
        gives="everybody who teaches",
        key="`data[].id`",
        cursor="page number from 0",
        page_limit=f"{PAGE_ROWS} rows, until `total` is reached",
        edit_window=f"asked anew by the first sync after {FRESH_FOR.days} day; the newest answer wins",
        delete_signal="none. Who retires may leave the list and keeps the name, from the classes too",
        gaps=("pairs that teach together are persons of their own, with `individual_instructor_ids`",),
    ),
    Contract(
        address="GET /api/ride/metadata_mappings",
        resource="metadata_mappings",
        gives="names of class types and equipment, inactive ones included",
        key="`class_types[].id`, `equipment[].id`",
        page_limit="all in one answer",
        edit_window=f"asked anew by the first sync after {FRESH_FOR.days} day; the newest answer wins",
        delete_signal="`is_active` of a class type; the row stays",
        gaps=("ids keep while names change, and some names are not meant to be shown",),
    ),
    Contract(
        address="GET /api/user/{user_id}/workouts",
        resource="user_workouts",
        gives="a member's workouts, each with the class that was taken, and how many there are of every month",
        key="`data[].id`",
        cursor="page number from 0; the counts of the months say on which pages a month lies",
        order="newest first by creation; the start may be hours earlier where a workout was uploaded late",
        page_limit=f"{PAGE_ROWS} rows whatever is asked",
        edit_window=(
            "every month of which not as many are stored as are counted is read anew; workouts in progress are asked"
            " for again until they are complete; `--refresh` reads all"
        ),
        delete_signal=(
            "the count of a month falls: its pages are read, and what they do not show is marked, never deleted; more"
            f" than {MOST_REMOVED_SHARE:.0%} at once need `--accept-removals`"
        ),
        gaps=(
            "what a month is in `summary`, of creation or start, local or UTC, is not known: the reading is taken under"
            " which the most months agree",
            "a workout deleted and another one uploaded for the same month between two syncs hide each other until"
            " `--refresh`",
            "`ride` may be null, and `peloton_id` is a session of a class, not the class",
        ),
    ),
    Contract(
        address="GET /api/workout/{workout_id}",
        resource="workout",
        gives="one workout, asked for only while it is in progress and no page shows it",
        key="`id`, which must be the one that was asked for",
        page_limit="one workout an answer",
        edit_window="asked again when it was not seen for a tenth of its age",
        delete_signal="404 or 410 with a JSON body: the workout stays as it is, and the failure is told",
        gaps=("workouts that were never ended stay in progress for ever",),
    ),
    Contract(
        address="GET /api/workout/{workout_id}/performance_graph",
        resource="performance_graphs",
        gives="summaries and time series of one workout, a sample every PELOTON_SECONDS_A_SAMPLE",
        key="the id that was asked for; since 2024 the answer repeats it. A sample is its workout, metric and second",
        order="by `seconds_since_pedaling_start`, with gaps",
        page_limit="one workout an answer",
        edit_window="none: asked once for each complete workout, ever; `--refresh` asks again",
        delete_signal=(
            f"404 or 410 with a JSON body, asked again after {RETRY_AFTER_NOT_SERVED.days} days; what was landed stays"
        ),
        gaps=(
            "units follow the member's setting at the time of the request",
            "seconds without heart rate may be negative, zones may add up to more than the workout",
            "strength and meditation have seconds and no metrics",
        ),
    ),
    Contract(
        address="GET /api/peloton/{session_id}",
        resource="class_sessions",
        gives="the class of a session, for workouts that name none",
        key="`id`, which must be the one that was asked for",
        page_limit="one session an answer",
        edit_window="none: asked once, ever",
        delete_signal=f"404 or 410 with a JSON body, asked again after {RETRY_AFTER_NOT_SERVED.days} days",
        gaps=("how long sessions are kept is not known",),
    ),
    Contract(
        address="GET /api/me",
        resource="",
        gives="the member's id and name, once for each sign-in; the rest is private and not kept",
        key="`id`",
    ),
    Contract(
        address="POST /oauth/token",
        resource="",
        gives="an access token, and the refresh token that replaces the one that was sent",
        edit_window="an access token lives two days; it is renewed ten minutes before its end or at a 401",
        delete_signal="a 4xx answer (but 429 and block pages): the credential is rejected, a person has to sign in",
        gaps=(
            "a refresh token works once, so a refresh is never sent twice",
            "how long an unused refresh token lives is not known",
        ),
    ),
    Contract(
        address="GET /authorize",
        resource="",
        gives="the browser's login; opened by a person, never by us",
    ),
)
