"""The Peloton stand-in: an invented class library behind the service's own addresses and fields."""
