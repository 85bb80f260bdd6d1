"""Days and moments as on the pages of stores: short enough for one line of a list."""

DATE_FORMAT = "Y-m-d"
DATETIME_FORMAT = "Y-m-d H:i"
