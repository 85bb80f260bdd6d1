"""Distances on earth: the great circle between two points, and the box around one that an index can answer.

The distance is the haversine formula (R. W. Sinnott, "Virtues of the Haversine", Sky and Telescope 68, 1984) on a
sphere with the mean radius of the earth R1 = 6371.0088 km (H. Moritz, "Geodetic Reference System 1980", Journal of
Geodesy 74, 2000): at most half a percent off the ellipsoid. The box of a point holds every place within a distance; its
half width in longitude is asin(sin(d / R) / cos(latitude)), all longitudes where a pole is within reach, and it is two
boxes where it crosses the antimeridian.
"""

from collections.abc import Iterable
from math import asin, cos, degrees, radians, sin, sqrt

RADIUS_KM = 6371.0088
MARGIN = 1e-9  # degrees by which a box is larger than it need be, far less than a millimetre


def haversine(one_latitude: float, one_longitude: float, latitude: float, longitude: float) -> float:
    """The square of half the chord between two points of the unit sphere: it grows with their distance."""
    across = sin(radians(latitude - one_latitude) / 2) ** 2
    along = sin(radians(longitude - one_longitude) / 2) ** 2
    return across + cos(radians(one_latitude)) * cos(radians(latitude)) * along


def kilometres(one_latitude: float, one_longitude: float, latitude: float, longitude: float) -> float:
    """The great-circle distance between two points."""
    return 2 * RADIUS_KM * asin(sqrt(min(1.0, haversine(one_latitude, one_longitude, latitude, longitude))))


def threshold(km: float) -> float:
    """What the haversine of points is at most that lie within a distance."""
    return sin(km / (2 * RADIUS_KM)) ** 2


def boxes(latitude: float, longitude: float, km: float) -> Iterable[tuple[float, float, float, float]]:
    """South, north, west and east of the one or two boxes that hold whatever lies within a distance."""
    reach = degrees(km / RADIUS_KM) + MARGIN
    south, north = latitude - reach, latitude + reach
    if south <= -90 or north >= 90:
        yield max(south, -90.0), min(north, 90.0), -180.0, 180.0
        return
    half = degrees(asin(min(1.0, sin(km / RADIUS_KM) / cos(radians(latitude))))) + MARGIN
    west, east = longitude - half, longitude + half
    yield south, north, max(west, -180.0), min(east, 180.0)
    if west < -180:
        yield south, north, west + 360, 180.0
    if east > 180:
        yield south, north, -180.0, east - 360
