"""What campaigns and journeys truly changed: effects against members left alone on purpose, and when to stop."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.journey import Journey
from campaigns.models.memberday import MemberDay, MemberDayOccurrence
from stores.scope import HeadquartersOnly, ScopedModel


class Part(models.TextChoices):
    """What part of a campaign's or journey's members an effect is of."""

    WHOLE = "whole", _("All members")
    WAVE = "wave", _("Wave")
    LANE = "lane", _("Way of a split")
    STORE = "store", _("Store")
    GUIDE = "guide", _("Guide")
    DATES = "dates", _("All dates")


class Measure(models.TextChoices):
    """What is compared, per head."""

    BOUGHT = "bought", _("Share that bought")
    GOAL = "goal", _("Share that reached the goal")
    SPEND = "spend", _("Spent per head")


class Verdict(models.TextChoices):
    """What an effect with its interval says."""

    BETTER = "better", _("Better")
    WORSE = "worse", _("Worse")
    CANNOT_TELL = "cannot_tell", _("Cannot tell")


class Doubt(models.TextChoices):
    """Why nothing can be told, whatever the figures are."""

    NO_CONTROL = "no_control", _("nobody was left out")
    TOO_FEW = "too_few", _("too few members yet")
    SAMPLE_RATIO = "sample_ratio", _("the control group is not as large as it should be")


class Effect(ScopedModel):
    """The difference between the members that were to get something and those left alone on purpose, whatever each of
    them truly got (intention to treat), as of a moment.

    ``treated_value``, ``control_value``, ``effect`` and its 95 % interval are shares from 0 to 1, or yuan per head.
    ``key`` names the part: an entry, a step and way, a store or a guide; over all dates of a ``campaign`` it says how
    many these are, and the values are those of an average date, each member counted once. Of stores and guides the
    effect is partially pooled: drawn to that of all, the more the fewer members there are; ``raw`` is what it was
    before. ``sample_ratio`` is how likely a control group of such a size is by chance. ``is_final`` says that nothing
    more will come in.
    """

    occurrence = models.ForeignKey(
        MemberDayOccurrence,
        models.CASCADE,
        null=True,
        related_name="+",
        verbose_name=_("member-day date"),
        db_index=False,
    )
    journey = models.ForeignKey(
        Journey, models.CASCADE, null=True, related_name="+", verbose_name=_("journey"), db_index=False
    )
    campaign = models.ForeignKey(
        MemberDay, models.CASCADE, null=True, related_name="+", verbose_name=_("campaign"), db_index=False
    )
    part = models.CharField(_("part"), max_length=5, choices=Part.choices, default=Part.WHOLE)
    key = models.CharField(_("which"), max_length=60, blank=True, db_default="", db_collation="C")
    measure = models.CharField(_("compared"), max_length=6, choices=Measure.choices)
    treated = models.PositiveIntegerField(_("treated members"))
    control = models.PositiveIntegerField(_("members left alone"))
    treated_value = models.FloatField(_("of the treated"))
    control_value = models.FloatField(_("of those left alone"))
    effect = models.FloatField(_("effect"), null=True)
    low = models.FloatField(_("at least"), null=True)
    high = models.FloatField(_("at most"), null=True)
    raw = models.FloatField(_("before pooling"), null=True)
    verdict = models.CharField(_("verdict"), max_length=11, choices=Verdict.choices)
    doubt = models.CharField(_("why not"), max_length=12, choices=Doubt.choices, blank=True, db_default="")
    sample_ratio = models.FloatField(_("chance of such a control group"), null=True)
    since = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("until"))
    is_final = models.BooleanField(_("final"), default=False, db_default=False)
    as_of = models.DateTimeField(_("as of"))

    scope = HeadquartersOnly()

    class Meta:
        verbose_name = _("effect")
        verbose_name_plural = _("effects")
        ordering = ("-until", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["occurrence", "journey", "campaign", "part", "key", "measure"],
                name="effect_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="effect_of_one_thing",
                condition=Q(occurrence__isnull=False, journey=None, campaign=None)
                | Q(occurrence=None, journey__isnull=False, campaign=None)
                | Q(occurrence=None, journey=None, campaign__isnull=False),
            ),
            models.CheckConstraint(
                name="effect_within_its_interval",
                condition=Q(effect=None, low=None, high=None)
                | Q(effect__isnull=False, low__lte=F("effect"), high__gte=F("effect")),
            ),
            models.CheckConstraint(
                name="doubtful_effect_is_no_verdict", condition=Q(doubt="") | Q(verdict="cannot_tell")
            ),
        )
        indexes = (
            models.Index(fields=["journey", "part"], name="effect_of_journey", condition=Q(occurrence=None)),
            models.Index(fields=["campaign"], name="effect_of_campaign", condition=Q(campaign__isnull=False)),
        )

    def __str__(self) -> str:
        return f"{self.get_part_display()} {self.key} {self.get_measure_display()}"


class StopRule(ScopedModel):
    """When a journey pauses by itself, such as one that wins members back in waves: once it is certain that it brings
    less than ``least_gain`` yuan per head.

    It is judged when its control group has grown by ``look_every`` members, ``looks`` times at most; the certainty of
    95 % is shared by all looks, so that looking often does not make a chance finding likelier.
    """

    class Decision(models.TextChoices):
        """What the last look said."""

        WAIT = "", _("Not judged yet")
        GO_ON = "go_on", _("To be judged again")
        WORTH = "worth", _("Is worth it")
        STOP = "stop", _("Stopped")

    journey = models.OneToOneField(Journey, models.CASCADE, related_name="+", verbose_name=_("journey"))
    least_gain = models.DecimalField(
        _("brings at least, yuan per head"),
        max_digits=8,
        decimal_places=2,
        default=0,
        help_text=_("What a member costs: the coupon's share, messages. Below it the journey is not worth having."),
    )
    look_every = models.PositiveIntegerField(
        _("judged every so many members left alone"), default=200, validators=[MinValueValidator(30)]
    )
    looks = models.PositiveSmallIntegerField(
        _("judged at most so many times"), default=5, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    looked = models.PositiveSmallIntegerField(_("times judged"), default=0, editable=False)
    decision = models.CharField(
        _("decision"), max_length=5, choices=Decision.choices, blank=True, default="", editable=False
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, editable=False)

    scope = HeadquartersOnly()

    class Meta:
        verbose_name = _("stop rule")
        verbose_name_plural = _("stop rules")
        ordering = ("journey",)
        constraints = (
            models.CheckConstraint(name="stop_rule_looks", condition=Q(looks__gte=1, looked__lte=F("looks"))),
        )

    def __str__(self) -> str:
        return f"{self.journey}"
