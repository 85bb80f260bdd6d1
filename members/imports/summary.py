"""What an import did so far, for the admin page and the command."""

from dataclasses import dataclass

from stores import csvfiles
from stores.models import Job, JobState


@dataclass(frozen=True)
class ImportSummary:
    """Figures of an import. In a dry run they say what would happen.

    ``rejected`` counts lines; ``sentence`` says why it failed, "" otherwise; ``percent`` goes from 0 to 100.
    """

    state: str
    percent: int
    phase: str
    is_dry_run: bool
    lines: int = 0
    orders_new: int = 0
    orders_same: int = 0
    orders_changed: int = 0
    returns_new: int = 0
    returns_same: int = 0
    members_new: int = 0
    rejected: int = 0
    sentence: str = ""

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.state in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


COUNTS = ("lines", "orders_new", "orders_same", "orders_changed", "returns_new", "returns_same", "members_new",
          "rejected")  # fmt: skip


def summarise(job: Job) -> ImportSummary:
    """The figures of an import's job."""
    fault = job.result.get("fault")
    return ImportSummary(
        state=job.state,
        percent=job.percent,
        phase=job.cursor.get("phase", "load"),
        is_dry_run=job.params["dry_run"],
        sentence=csvfiles.sentence(fault["code"], fault["details"]) if fault else job.error,
        **{name: job.result.get(name, 0) for name in COUNTS},
    )
