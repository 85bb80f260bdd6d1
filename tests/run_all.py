"""Runs the whole suite (``make test``): what may run side by side; beside it what kills the workers of a bulk issue and
mostly waits for them; and beside both what starts other processes, then what drives a browser.

All but the first read only the files that hold their tests, and every process keeps what it compiled for the others,
where the surroundings say otherwise too: hundreds of modules, and pytest's own form of the tests, are read by dozens of
them.

Every run happens whatever the others say; the last line sums them up in pytest's own words, and also stays in
var/tests/summary.
"""

import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ET  # nosec B405: reads only what pytest wrote a moment ago
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / "var" / "tests"
WORKERS = os.environ.get("TEST_WORKERS", "2")
Runs = dict[str, list[str]]
LAST = ROOT / "tests" / "faults" / "test_serve.py"  # is to be up in time: when the kills are over
Ended = tuple[int, Counter[str], str]
OK, NOTHING_SELECTED = 0, 5


def files_with(mark: str) -> list[str]:
    """The test files that name a mark; none when the caller says what to run."""
    if sys.argv[1:]:
        return []
    files = sorted((ROOT / "tests").rglob("test_*.py"), key=lambda path: (path == LAST, path))
    return [str(path.relative_to(ROOT)) for path in files if f"mark.{mark}" in path.read_text()]


SIDE_BY_SIDE: Runs = {"together": ["-n", WORKERS, "-m", "not bench and not browser and not processes"]}
BESIDE: list[Runs] = [
    {"kills": ["-m", "kills and not bench and not browser", *files_with("kills")]},
    {
        "processes": ["-m", "processes and not kills and not bench and not browser", *files_with("processes")],
        "browser": [
            *("-n", WORKERS, "--dist", "loadfile"),
            *("-m", "browser and not wide and not bench", *files_with("browser")),
        ],
    },
]


def report_of(name: str) -> Path:
    """Where a run leaves its counts."""
    return REPORTS / f"{name}.xml"


def run(runs: Runs, *, quiet: bool) -> list[Ended]:
    """Some pytest runs one after the other: of each the exit code, the counts, and what it said if it was to be quiet,
    so that the lines of runs at the same time do not mix."""
    ended = []
    for name, arguments in runs.items():
        process = start(name, arguments, quiet=quiet)
        said, _none = process.communicate()
        report = report_of(name)
        found = counts(report) if report.exists() else Counter({"error": 1})
        ended.append((process.returncode, found, said or ""))
    return ended


def start(name: str, arguments: list[str], *, quiet: bool) -> subprocess.Popen[str]:
    """Begin one pytest run."""
    report = report_of(name)
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *arguments, *sys.argv[1:]]
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    env["TEST_DB_SUFFIX"] = f"{env.get('TEST_DB_SUFFIX', '')}_{name}"  # runs at the same time, databases of their own
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT} if quiet else {}
    return subprocess.Popen(command, cwd=ROOT, env=env, text=True, **pipes)


def counts(report: Path) -> Counter[str]:
    """Passed, failed, skipped and error counts of a JUnit report."""
    total: Counter[str] = Counter()
    for suite in ET.parse(report).getroot().iter("testsuite"):
        number = {key: int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped")}
        total["failed"] += number["failures"]
        total["error"] += number["errors"]
        total["skipped"] += number["skipped"]
        total["passed"] += number["tests"] - number["failures"] - number["errors"] - number["skipped"]
    return total


def main() -> int:
    """All runs and the closing line; 0 only when everything passed."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    begun, total, codes = time.monotonic(), Counter[str](), []
    with ThreadPoolExecutor() as beside:
        waiting = [beside.submit(run, runs, quiet=True) for runs in BESIDE]
        ended = [*run(SIDE_BY_SIDE, quiet=False), *(one for runs in waiting for one in runs.result())]
    for code, found, said in ended:
        sys.stdout.write(said)
        codes.append(code)
        total += found
    words = ", ".join(f"{total[word]} {word}" for word in ("failed", "passed", "skipped", "error") if total[word])
    line = f"{words or 'no tests ran'} in {time.monotonic() - begun:.2f}s"
    (REPORTS / "summary").write_text(f"{line}\n")
    sys.stdout.write(f"\n{line}\n")
    return 0 if total["passed"] and all(code in (OK, NOTHING_SELECTED) for code in codes) else 1


if __name__ == "__main__":
    sys.exit(main())
