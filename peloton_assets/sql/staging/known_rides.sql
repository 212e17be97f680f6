-- known_rides: listed classes and those that are only known from a workout, which were never seen in a list.
SELECT *, false AS is_placeholder FROM ride_listings
UNION ALL BY NAME
SELECT * REPLACE (NULL::TIMESTAMPTZ AS first_listed_at, NULL::TIMESTAMPTZ AS last_listed_at), true AS is_placeholder
FROM ride_placeholders
