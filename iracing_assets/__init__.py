"""iRacing: catalogue, seasons, race weeks, and when their races start."""
