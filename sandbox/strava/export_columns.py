"""The columns of an export's activities.csv, in the account's language.

The surprising thing is that names come twice and mean other things then: the first Distance is in kilometres
and written as people of that language write it, the second is in metres and written for machines. So each
column has a name of its own here, by which a row is filled.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

COLUMNS = """
id|Activity ID|Aktivitäts-ID
date|Activity Date|Aktivitätsdatum
name|Activity Name|Name der Aktivität
type|Activity Type|Aktivitätsart
description|Activity Description|Aktivitätsbeschreibung
elapsed_shown|Elapsed Time|Verstrichene Zeit
distance_km|Distance|Distanz
max_heart_shown|Max Heart Rate|Max. Herzfrequenz
effort_shown|Relative Effort|Relative Leistung
commute_shown|Commute|Pendeln
private_note|Activity Private Note|Private Notizen zur Aktivität
gear|Activity Gear|Aktivitätsausrüstung
filename|Filename|Dateiname
athlete_weight|Athlete Weight|Athletengewicht
bike_weight|Bike Weight|Fahrradgewicht
elapsed|Elapsed Time|Verstrichene Zeit
moving|Moving Time|Bewegungszeit
distance_m|Distance|Distanz
max_speed|Max Speed|Höchstgeschwindigkeit
average_speed|Average Speed|Durchschnittsgeschwindigkeit
gain|Elevation Gain|Höhenzunahme
loss|Elevation Loss|Höhenverlust
low|Elevation Low|Niedrigster Punkt
high|Elevation High|Höchster Punkt
max_grade|Max Grade|Max. Steigung
average_grade|Average Grade|Durchschnittliche Steigung
up_grade|Average Positive Grade|Durchschnittliche positive Steigung
down_grade|Average Negative Grade|Durchschnittliche negative Steigung
max_cadence|Max Cadence|Max. Kadenz
cadence|Average Cadence|Durchschnittliche Kadenz
max_heart|Max Heart Rate|Max. Herzfrequenz
heart|Average Heart Rate|Durchschnittliche Herzfrequenz
max_watts|Max Watts|Max. Watt
watts|Average Watts|Durchschnittliche Watt
calories|Calories|Kalorien
max_temperature|Max Temperature|Max. Temperatur
temperature|Average Temperature|Durchschnittliche Temperatur
effort|Relative Effort|Relative Leistung
work|Total Work|Gesamtarbeit
runs|Number of Runs|Anzahl der Abfahrten
uphill|Uphill Time|Zeit bergauf
downhill|Downhill Time|Zeit bergab
other_time|Other Time|Andere Zeit
exertion|Perceived Exertion|Gefühlte Anstrengung
type_number|Type|Typ
start_time|Start Time|Startzeit
weighted_power|Weighted Average Power|Gewichtete Durchschnittsleistung
power_count|Power Count|Leistungszähler
prefers_exertion|Prefer Perceived Exertion|Gefühlte Anstrengung bevorzugen
perceived_effort|Perceived Relative Effort|Gefühlte relative Leistung
commute|Commute|Pendeln
lifted|Total Weight Lifted|Insgesamt gehobenes Gewicht
from_upload|From Upload|Vom Upload
adjusted_distance|Grade Adjusted Distance|Steigungsbereinigte Distanz
weather_time|Weather Observation Time|Zeit der Wetterbeobachtung
weather|Weather Condition|Wetterbedingung
weather_temperature|Weather Temperature|Wettertemperatur
feels_like|Apparent Temperature|Gefühlte Temperatur
dewpoint|Dewpoint|Taupunkt
humidity|Humidity|Luftfeuchtigkeit
pressure|Weather Pressure|Luftdruck
wind|Wind Speed|Windgeschwindigkeit
gust|Wind Gust|Windböe
wind_from|Wind Bearing|Windrichtung
rain|Precipitation Intensity|Niederschlagsstärke
sunrise|Sunrise Time|Zeit des Sonnenaufgangs
sunset|Sunset Time|Zeit des Sonnenuntergangs
moon|Moon Phase|Mondphase
bike|Bike|Fahrrad
gear_number|Gear|Ausrüstung
rain_chance|Precipitation Probability|Niederschlagswahrscheinlichkeit
rain_type|Precipitation Type|Niederschlagsart
clouds|Cloud Cover|Bewölkung
sight|Weather Visibility|Sichtweite
uv|UV Index|UV-Index
ozone|Weather Ozone|Ozon
jumps|Jump Count|Anzahl der Sprünge
grit|Total Grit|Gesamter Grit
flow|Average Flow|Durchschnittlicher Flow
flagged|Flagged|Gemeldet
elapsed_speed|Average Elapsed Speed|Durchschnittsgeschwindigkeit der verstrichenen Zeit
dirt|Dirt Distance|Distanz auf unbefestigten Wegen
explored|Newly Explored Distance|Neu erkundete Distanz
explored_dirt|Newly Explored Dirt Distance|Neu erkundete Distanz auf unbefestigten Wegen
activity_count|Activity Count|Anzahl der Aktivitäten
steps|Total Steps|Schritte insgesamt
carbon|Carbon Saved|Eingespartes CO2
pool|Pool Length|Beckenlänge
load|Training Load|Trainingsbelastung
intensity|Intensity|Intensität
adjusted_pace|Average Grade Adjusted Pace|Durchschnittliche steigungsbereinigte Pace
timer|Timer Time|Timer-Zeit
cycles|Total Cycles|Zyklen insgesamt
media|Media|Medien
"""
ROWS = [line.split("|") for line in COLUMNS.strip().splitlines()]
NAMES = [row[0] for row in ROWS]
HEADERS = {"en": [row[1] for row in ROWS], "de": [row[2] for row in ROWS]}
MONTHS = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "de": ("Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."),
}
SPORTS_DE = {
    "Run": "Lauf",
    "TrailRun": "Traillauf",
    "Ride": "Radfahrt",
    "VirtualRide": "Virtuelle Radfahrt",
    "GravelRide": "Gravel-Fahrt",
    "MountainBikeRide": "Mountainbike-Fahrt",
    "Swim": "Schwimmen",
    "Walk": "Spaziergang",
    "Hike": "Wanderung",
    "WeightTraining": "Krafttraining",
    "Workout": "Training",
    "Rowing": "Rudern",
    "InlineSkate": "Inline-Skating",
}


def date_text(seconds: float, language: str, style: str) -> str:
    """The time in UTC, in the words of the language; "numbers" is the other form that German accounts have."""
    moment = datetime.fromtimestamp(seconds, UTC)
    month = MONTHS[language][moment.month - 1]
    if language == "en":
        hour = moment.hour % 12 or 12
        half = "AM" if moment.hour < 12 else "PM"
        return f"{month} {moment.day}, {moment.year}, {hour}:{moment:%M:%S} {half}"
    if style == "numbers":
        return f"{moment:%d.%m.%Y, %H:%M:%S}"
    return f"{moment.day}. {month} {moment.year}, {moment:%H:%M:%S}"


def shown_number(value: float, language: str) -> str:
    """For people: two decimals, with a comma where that is the custom."""
    text = f"{value:.2f}"
    return text.replace(".", ",") if language == "de" else text


def sport_text(sport_type: str, language: str) -> str:
    """Sports are written with spaces in English, and translated as far as there is a translation."""
    if language == "de":
        return SPORTS_DE.get(sport_type, sport_type)
    return "".join(f" {letter}" if letter.isupper() else letter for letter in sport_type).strip()


def csv_row(values: dict[str, Any]) -> list[Any]:
    """The values in the order of the columns; what is not told stays empty."""
    if unknown := sorted(set(values) - set(NAMES)):
        raise ValueError(f"no such columns: {unknown}")
    return [values.get(name, "") for name in NAMES]
