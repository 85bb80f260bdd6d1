"""Chinese as shops write it: 1,386 and not 1386."""

THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
