"""Which classes play which tracks, in memory."""

from __future__ import annotations

from functools import cached_property

import polars as pl


class Plays:
    """All plays of one published warehouse.

    `plays` has `ride_no, track_id, start_offset_s`, and is in the order in which the plays of a track are given.
    """

    def __init__(self, plays: pl.DataFrame) -> None:
        self._plays = plays
        self._was_asked = False

    def of(self, tracks: pl.DataFrame) -> pl.DataFrame:
        """The rows of `tracks` (by `track_id`), one for each play, with `ride_no, start_offset_s, classes`."""
        # Sorting all plays takes longer than looking through them once, which is all that a single question needs.
        known = self._by_track if self._was_asked else _by_track(self._only(tracks))
        self._was_asked = True
        played = tracks.join(known, on="track_id", maintain_order="left")
        return played.with_columns(classes=pl.col("ride_no").list.n_unique()).explode(
            "ride_no", "start_offset_s"
        )

    def count(self, times: pl.DataFrame) -> pl.DataFrame:
        """Of classes (`ride_no, times`) how often each track was heard: `track_id, heard`."""
        heard = self._plays.select("track_id", "ride_no").join(times, on="ride_no")
        return heard.group_by("track_id").agg(heard=pl.col("times").sum())

    def _only(self, tracks: pl.DataFrame) -> pl.DataFrame:
        return self._plays.filter(pl.col("track_id").is_in(tracks["track_id"].implode()))

    @cached_property
    def _by_track(self) -> pl.DataFrame:
        return _by_track(self._plays)


def _by_track(plays: pl.DataFrame) -> pl.DataFrame:
    return plays.group_by("track_id", maintain_order=True).agg("ride_no", "start_offset_s")
