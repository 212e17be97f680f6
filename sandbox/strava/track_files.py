"""GPX and TCX files of an activity, in the few elements that every program writes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape

from sandbox.strava.activities import Activity, stamp
from sandbox.strava.streams import Streams

GPX = "http://www.topografix.com/GPX/1/1"
GPX_EXTENSION = "http://www.garmin.com/xmlschemas/TrackPointExtension/v1"
TCX = "http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"
TCX_EXTENSION = "http://www.garmin.com/xmlschemas/ActivityExtension/v2"
TCX_SPORTS = {"Run": "Running", "Ride": "Biking", "VirtualRide": "Biking"}
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def gpx_file(activity: Activity, streams: Streams) -> bytes:
    """Places, heights and times; heart rate, cadence and temperature as extensions."""
    lines = [
        f'{HEAD}<gpx creator="Sandbox" version="1.1" xmlns="{GPX}" xmlns:gpxtpx="{GPX_EXTENSION}">',
        f" <metadata><time>{_time(activity, 0)}</time></metadata>",
        f" <trk><name>{escape(activity.name)}</name><type>{escape(activity.sport_type)}</type><trkseg>",
    ]
    for point in _points(streams):
        latitude, longitude = point["latlng"]
        inner = f"<ele>{point['altitude']}</ele>" if "altitude" in point else ""
        inner += f"<time>{_time(activity, point['time'])}</time>"
        more = "".join(
            f"<gpxtpx:{tag}>{point[key]}</gpxtpx:{tag}>"
            for key, tag in (("temp", "atemp"), ("heartrate", "hr"), ("cadence", "cad"))
            if key in point
        )
        power = f"<power>{point['watts']}</power>" if "watts" in point else ""
        if more or power:
            inside = f"<gpxtpx:TrackPointExtension>{more}</gpxtpx:TrackPointExtension>" if more else ""
            inner += f"<extensions>{power}{inside}</extensions>"
        lines.append(f'  <trkpt lat="{latitude:.6f}" lon="{longitude:.6f}">{inner}</trkpt>')
    lines.append(" </trkseg></trk>\n</gpx>\n")
    return "\n".join(lines).encode()


def tcx_file(activity: Activity, streams: Streams) -> bytes:
    """One lap. Real ones of the export begin with spaces, which no XML reader likes; so do these."""
    start = _time(activity, 0)
    sport = TCX_SPORTS.get(activity.sport.type, "Other")
    lines = [
        f'          {HEAD}<TrainingCenterDatabase xmlns="{TCX}" xmlns:ns3="{TCX_EXTENSION}"><Activities>',
        f'<Activity Sport="{sport}"><Id>{start}</Id><Lap StartTime="{start}">',
        f"<TotalTimeSeconds>{activity.elapsed_time}</TotalTimeSeconds>",
        f"<DistanceMeters>{activity.distance}</DistanceMeters><Calories>0</Calories><Track>",
    ]
    for point in _points(streams):
        inner = f"<Time>{_time(activity, point['time'])}</Time>"
        if "latlng" in point:
            latitude, longitude = point["latlng"]
            inner += (
                f"<Position><LatitudeDegrees>{latitude:.6f}</LatitudeDegrees>"
                f"<LongitudeDegrees>{longitude:.6f}</LongitudeDegrees></Position>"
            )
        if "altitude" in point:
            inner += f"<AltitudeMeters>{point['altitude']}</AltitudeMeters>"
        inner += f"<DistanceMeters>{point['distance']}</DistanceMeters>"
        if "heartrate" in point:
            inner += f"<HeartRateBpm><Value>{point['heartrate']}</Value></HeartRateBpm>"
        if "cadence" in point:
            inner += f"<Cadence>{point['cadence']}</Cadence>"
        if "watts" in point:
            inner += f"<Extensions><ns3:TPX><ns3:Watts>{point['watts']}</ns3:Watts></ns3:TPX></Extensions>"
        lines.append(f"<Trackpoint>{inner}</Trackpoint>")
    lines.append("</Track></Lap></Activity></Activities></TrainingCenterDatabase>\n")
    return "\n".join(lines).encode()


def _points(streams: Streams) -> Iterator[dict[str, Any]]:
    keys = list(streams)
    for values in zip(*streams.values(), strict=True):
        yield dict(zip(keys, values, strict=True))


def _time(activity: Activity, seconds: int) -> str:
    return stamp(datetime.fromtimestamp(activity.start, UTC) + timedelta(seconds=seconds))
