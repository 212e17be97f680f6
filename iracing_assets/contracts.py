"""What we rely on at each of iRacing's addresses, and what we do not know: docs/contracts.md as data.

An address that the code asks for and that is missing here fails a test. Figures come from the code itself.
"""

from __future__ import annotations

from iracing_assets.past_seasons import PAST_LIMIT
from resources.contract import Contract
from resources.iracing_auth import MOST_LOGINS_AN_HOUR
from resources.state import RETRY_AFTER_NOT_SERVED

DAILY = "asked by every refresh; the newest document wins"
ALL_AT_ONCE = "all in one document behind a link that lives two minutes"
STAYS = "none. What a newer document does not show stays as it was told last"

CONTRACTS = (
    Contract(
        address="GET /data/series/get",
        resource="series_get",
        gives="the series that have an active season",
        key="`series_id`; names change with sponsors",
        page_limit=ALL_AT_ONCE,
        edit_window=DAILY,
        delete_signal=f"{STAYS}: in Week 13 it shows a quarter of them (`is_listed`)",
        gaps=("what decides that a series is listed between two seasons is not known",),
    ),
    Contract(
        address="GET /data/series/assets",
        resource="series_assets",
        gives="logos and descriptions of series",
        key="the id, which is also the key of each entry",
        page_limit=ALL_AT_ONCE,
        edit_window=DAILY,
        delete_signal=STAYS,
        gaps=("logos are file names without their folder", "texts are HTML, and some are the word null"),
    ),
    Contract(
        address="GET /data/carclass/get",
        resource="carclass_get",
        gives="all classes of cars that race each other",
        key="`car_class_id`; class 0 holds every car",
        page_limit=ALL_AT_ONCE,
        edit_window=DAILY,
        delete_signal=STAYS,
        gaps=("whether a class may change its cars in the middle of a season is not known",),
    ),
    Contract(
        address="GET /data/car/get",
        resource="car_get",
        gives="all cars, retired ones included",
        key="`car_id`; what is bought is `package_id` or `sku`",
        page_limit=ALL_AT_ONCE,
        edit_window=DAILY,
        delete_signal="`retired`; the row stays",
        gaps=("`free_with_subscription` has been wrong at times", "numbers turn from whole to decimal"),
    ),
    Contract(
        address="GET /data/car/assets",
        resource="car_assets",
        gives="pictures and descriptions of cars",
        key="the id, which is also the key of each entry",
        page_limit=ALL_AT_ONCE,
        edit_window=DAILY,
        delete_signal=STAYS,
        gaps=("paths hold backslashes, texts HTML",),
    ),
    Contract(
        address="GET /data/track/get",
        resource="track_get",
        gives="all layouts of all tracks, retired ones included",
        key="`track_id` is one layout; several share a `package_id`",
        page_limit=ALL_AT_ONCE,
        edit_window=DAILY,
        delete_signal="`retired`; the row stays",
        gaps=("a track without layouts has no `config_name`; elsewhere it is null or N/A",),
    ),
    Contract(
        address="GET /data/track/assets",
        resource="track_assets",
        gives="the layers of track maps, and descriptions",
        key="the id, which is also the key of each entry",
        page_limit=ALL_AT_ONCE,
        edit_window=DAILY,
        delete_signal=STAYS,
        gaps=("a map is a whole address today and was relative before",),
    ),
    Contract(
        address="GET /data/series/seasons",
        resource="series_seasons",
        gives="all active seasons with their schedules, season-long tours of earlier quarters included",
        key="`season_id`; a week is its season and `race_week_num`",
        order="by season and week; time descriptors of a week in no order",
        page_limit=ALL_AT_ONCE,
        edit_window=(
            "asked by every refresh. A week that differs is a new version (`iracing.schedule_changes`); signed"
            " addresses, registered counts and names are no difference"
        ),
        delete_signal=(
            "a season that a newer document does not show is not active any more and keeps its weeks; a week that its"
            " season does not show any more is told as removed"
        ),
        gaps=(
            "the end of a week may be its last start or lie weeks behind it",
            "whether past quarters can be asked for by `season_year` and `season_quarter` is not proven",
            "`race_week` may be stale and is not used",
        ),
    ),
    Contract(
        address="GET /data/series/season_schedule",
        resource="series_season_schedule",
        gives="the weeks of one season, running or past",
        key="`season_id`, which must be the one that was asked for, and `race_week_num`",
        page_limit="one season a document",
        edit_window=f"none for a past season: asked once, ever, at most {PAST_LIMIT} a launch unless told otherwise",
        delete_signal=f"404, or no week: asked again after {RETRY_AFTER_NOT_SERVED.days} days",
        gaps=(
            "before the summer of 2022 there are no time descriptors, so no starts",
            "`schedules` is empty for some: whether there never were any is not known",
        ),
    ),
    Contract(
        address="GET /data/series/past_seasons",
        resource="series_past_seasons",
        gives="all seasons that a series ever had, with number and track of their weeks",
        key="`season_id`; before 2014 a quarter held up to three",
        page_limit="one series a document",
        edit_window="asked once for each series; again where a person says `--refresh`",
        delete_signal=f"404: asked again after {RETRY_AFTER_NOT_SERVED.days} days; what was landed stays",
        gaps=("some seasons show only a part of their weeks",),
    ),
    Contract(
        address="GET /data/season/list",
        resource="season_list",
        gives="all seasons of one quarter, Week 13 included, without schedules; read where it is imported",
        key="`season_id`",
        page_limit="one quarter a document",
        edit_window="none: imported as it is, the newest document wins",
        delete_signal=STAYS,
        gaps=("names may end in blanks",),
    ),
    Contract(
        address="GET /data/lookup/current_season",
        resource="",
        gives="year and quarter, to prove that a token works; nothing is kept",
    ),
    Contract(
        address="POST /oauth2/token",
        resource="",
        gives="an access token, and the refresh token that replaces the one that was sent",
        edit_window="an access token lives ten minutes; it is renewed a minute before its end or at a 401",
        delete_signal="a 4xx answer: the sign-in is rejected, and not tried again with the same values",
        gaps=(
            "a refresh token works once, so a refresh is never sent twice",
            "its own limit answers 400 like a wrong client id does; Retry-After tells the two apart",
            f"twelve sign-ins an hour were reported to be the limit: we stop at {MOST_LOGINS_AN_HOUR}",
        ),
    ),
)
