"""Which classes play which tracks, in memory."""

from __future__ import annotations

from functools import cached_property

import polars as pl


class Plays:
    """All plays of one published warehouse.

    `plays` has `ride_no, track_id, start_offset_s`, and is in the order in which the plays of a track are given;
    `ids` are those of the tracks 1, 2, 3, ...
    """

    def __init__(self, plays: pl.DataFrame, ids: pl.Series) -> None:
        self._plays, self._ids = plays, ids
        self._was_asked = False

    def of(self, tracks: pl.DataFrame) -> pl.DataFrame:
        """The rows of `tracks` (`track_no, track_id`), once for each play, with `ride_no, start_offset_s, classes`."""
        # Sorting all plays takes longer than looking through them once, which is all that a single question needs.
        known = (
            self._by_track[tracks["track_no"] - 1] if self._was_asked else self._of_each(tracks["track_id"])
        )
        self._was_asked = True
        played = pl.concat([tracks, known], how="horizontal")
        return played.with_columns(classes=pl.col("ride_no").list.n_unique()).explode(
            "ride_no", "start_offset_s"
        )

    def count(self, times: pl.DataFrame) -> pl.DataFrame:
        """Of classes (`ride_no, times`) how often each track was heard: `track_id, mine`."""
        heard = self._plays.select("track_id", "ride_no").join(times, on="ride_no")
        return heard.group_by("track_id").agg(mine=pl.col("times").sum())

    @cached_property
    def _by_track(self) -> pl.DataFrame:
        return self._of_each(self._ids)

    def _of_each(self, ids: pl.Series) -> pl.DataFrame:
        """The plays of each of these tracks, in their order."""
        plays = self._plays.filter(pl.col("track_id").is_in(ids.implode()))
        grouped = plays.group_by("track_id", maintain_order=True).agg("ride_no", "start_offset_s")
        return ids.to_frame().join(grouped, on="track_id", how="left", maintain_order="left").drop("track_id")
