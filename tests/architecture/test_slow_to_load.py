"""What takes seconds and a hundred megabytes to load is loaded by the jobs that need it, not by every process."""

from collections.abc import Mapping

import pytest

from tests.architecture.source import is_migration, module_name, product_files, references

SLOW = ("scipy", "statsmodels", "pandas")
ROOTS = ("config.urls", "config.celery", "config.reactions", "workbench.urls")
DOORS = ("admin", "api", "tasks", "reactions", "apps", "models", "resources", "views", "templatetags")


def used_by(files: Mapping[str, str]) -> dict[str, set[str]]:
    """For each module what it imports; a module brings its packages along."""
    found: dict[str, set[str]] = {}
    for one in references({path: text for path, text in files.items() if not is_migration(path)}):
        parts = one.target.split(".")
        names = {".".join(parts[:nth]) for nth in range(1, len(parts) + 1)}
        found.setdefault(module_name(one.path), set()).update(names)
    return found


def slow_doors(files: Mapping[str, str]) -> list[str]:
    """Modules that a web process or a worker loads at its start, and that bring something slow along."""
    uses = used_by(files)
    slow = {name for name, used in uses.items() if any(one.split(".")[0] in SLOW for one in used)}
    while more := {name for name, used in uses.items() if name not in slow and used & slow}:
        slow |= more
    return sorted(name for name in slow if name in ROOTS or name.split(".")[1:2] and name.split(".")[1] in DOORS)


def test_no_door_loads_what_only_jobs_need():
    files = product_files()
    assert any("statsmodels" in text for text in files.values())
    assert slow_doors(files) == []


@pytest.mark.parametrize("line", ["import scipy.stats\n", "from campaigns.lift import judging\n"])
def test_a_door_that_does_is_found(line):
    files = product_files()
    planted = {**files, "campaigns/admin/lift.py": line + files["campaigns/admin/lift.py"]}
    assert "campaigns.admin.lift" in slow_doors(planted)
