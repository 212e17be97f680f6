-- table: iracing.event_car_restrictions
-- about: Balance of performance: how cars are held back or let go in a race week, and which set-ups are fixed.
-- key: season_id, race_week_num, car_id
-- season_id: see iracing.seasons
-- race_week_num: week of the season, from 0
-- car_id: see iracing.cars
-- power_adjust_pct: percent of power more or less
-- weight_penalty_kg: kilograms more
-- max_pct_fuel_fill: percent of the tank that may be filled
-- max_dry_tire_sets: sets of dry tyres, 0 for no limit
-- race_setup_id: fixed set-up of the race
-- qual_setup_id: fixed set-up of qualifying
WITH told_restrictions AS (
    SELECT season_id, race_week_num, start_date, unnest(restrictions) AS told
    FROM current_weeks
    WHERE start_date IS NOT NULL
)
SELECT
    season_id,
    race_week_num,
    told.car_id AS car_id,
    told.power_adjust_pct AS power_adjust_pct,
    told.weight_penalty_kg AS weight_penalty_kg,
    told.max_pct_fuel_fill AS max_pct_fuel_fill,
    told.max_dry_tire_sets AS max_dry_tire_sets,
    told.race_setup_id AS race_setup_id,
    told.qual_setup_id AS qual_setup_id,
    strftime(start_date, '%Y-%m') AS lake_month
FROM told_restrictions
QUALIFY row_number() OVER (PARTITION BY season_id, race_week_num, told.car_id ORDER BY told::VARCHAR) = 1
ORDER BY season_id, race_week_num, car_id
