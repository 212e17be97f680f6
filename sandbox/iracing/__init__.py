"""The iRacing stand-in: invented series, cars and tracks behind the service's own addresses and fields."""
