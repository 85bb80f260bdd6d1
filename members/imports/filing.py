"""Where the file of an import lies until the import is done: MEDIA_ROOT/imports, readable by the service alone."""

import time
import uuid
from pathlib import Path

from django.conf import settings

from stores.models import Job, JobState

FOLDER = "imports"
FORGOTTEN_AFTER = 7 * 24 * 3600  # seconds


def new_path() -> Path:
    """A place for a file that is about to come in."""
    folder = Path(settings.MEDIA_ROOT) / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _sweep(folder)
    return folder / f"{uuid.uuid4().hex}.new"


def _sweep(folder: Path) -> None:
    """Remove what an interrupted upload or a kill between commit and clean-up left long ago."""
    old = [path for path in folder.iterdir() if path.stat().st_mtime < time.time() - FORGOTTEN_AFTER]
    jobs = Job.objects.filter(params__file__in=[path.name for path in old])
    needed = set(jobs.exclude(state__in=(JobState.DONE, JobState.CANCELLED)).values_list("params__file", flat=True))
    for path in old:
        if path.name not in needed:
            path.unlink(missing_ok=True)


def path_of(job: Job) -> Path:
    """The file of an import."""
    return Path(settings.MEDIA_ROOT) / FOLDER / str(job.params["file"])


def settle(path: Path, job: Job) -> None:
    """Give a file that came in to its import, unless that has it already or needs it no more."""
    target = path_of(job)
    if job.state in (JobState.DONE, JobState.CANCELLED) or job.result.get("fault") or target.exists():
        path.unlink()
    else:
        path.rename(target)


def remove(job: Job) -> None:
    """The import needs its file no more."""
    path_of(job).unlink(missing_ok=True)
