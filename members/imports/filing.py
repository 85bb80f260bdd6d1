"""Where the file of an import lies until the import is done: MEDIA_ROOT/imports, readable by the service alone.

It holds whole phone numbers, so it goes with the end of the import, and after a week in any case.
"""

import time
import uuid
from pathlib import Path

from django.conf import settings

from stores.models import Job, JobState

FOLDER = "imports"
FORGOTTEN_AFTER = 7 * 24 * 3600  # seconds


def new_path() -> Path:
    """A place for a file that is about to come in."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / f"{uuid.uuid4().hex}.new"


def sweep() -> int:
    """Remove what nobody needs: files of imports that ended, and after a week all others, of interrupted uploads and of
    imports that somebody paused and forgot. Returns how many. An import whose file is gone says so."""
    folder = _folder()
    files = [path for path in folder.iterdir() if path.is_file()] if folder.exists() else []
    jobs = Job.objects.filter(params__file__in=[path.name for path in files])
    ended = set(jobs.filter(state__in=(JobState.DONE, JobState.CANCELLED)).values_list("params__file", flat=True))
    going = set(jobs.filter(state=JobState.RUNNING).values_list("params__file", flat=True))
    old = time.time() - FORGOTTEN_AFTER
    gone = [path for path in files if path.name in ended or path.stat().st_mtime < old and path.name not in going]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


def _folder() -> Path:
    return Path(settings.MEDIA_ROOT) / FOLDER


def path_of(job: Job) -> Path:
    """The file of an import."""
    return _folder() / str(job.params["file"])


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
