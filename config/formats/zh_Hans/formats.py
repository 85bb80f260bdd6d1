"""Chinese as shops write it: 1,386 and not 1386, and days short enough for one line of a list."""

THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
DATE_FORMAT = "Y-m-d"
DATETIME_FORMAT = "Y-m-d H:i"
