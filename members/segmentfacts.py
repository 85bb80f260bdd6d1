"""What rules may ask of the members band; see members.segments.registry."""

from django.utils.translation import gettext_lazy as _

from members.segments.facts.buying import BUYING
from members.segments.facts.choices import CHOICES
from members.segments.facts.days import DAYS
from members.segments.facts.done import DONE
from members.segments.facts.habits import HABITS
from members.segments.facts.membership import SEGMENTS
from members.segments.facts.moves import MOVED
from members.segments.facts.near import NEARBY
from members.segments.facts.numbers import NUMBERS
from members.segments.facts.people import SINGLE
from members.segments.nextsteps import NextStep, announce_steps
from members.segments.registry import announce

announce([*CHOICES, *DAYS, *NUMBERS, *DONE, *BUYING, *HABITS, *MOVED, *NEARBY, *SEGMENTS, *SINGLE])
announce_steps([NextStep(_("Put a tag on these"), "admin:members_tagrun_add", "members.add_tagrun")])
