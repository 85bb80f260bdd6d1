"""Runs the whole suite (``make test``): what may run side by side, and beside it what starts and kills processes and
mostly waits for them; then, two at a time, what drives a browser, whose timing is so not disturbed.

The last two read only the files that hold their tests, and every process keeps what it compiled for the others, where
the surroundings say otherwise too: hundreds of modules, and pytest's own form of the tests, are read by dozens of them.

Every run happens whatever the others say; the last line sums them up in pytest's own words, and also stays in
var/tests/summary.
"""

import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ET  # nosec B405: reads only what pytest wrote a moment ago
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / "var" / "tests"
WORKERS = os.environ.get("TEST_WORKERS", "2")
Runs = dict[str, list[str]]
OK, NOTHING_SELECTED = 0, 5


def files_with(mark: str) -> list[str]:
    """The test files that name a mark; none when the caller says what to run."""
    files = () if sys.argv[1:] else sorted((ROOT / "tests").rglob("test_*.py"))
    return [str(path.relative_to(ROOT)) for path in files if f"mark.{mark}" in path.read_text()]


FIRST: Runs = {
    "together": ["-n", WORKERS, "-m", "not bench and not browser and not processes"],
    "processes": ["-m", "processes and not bench and not browser", *files_with("processes")],
}
THEN: Runs = {
    "browser": ["-n", WORKERS, "--dist", "loadfile", "-m", "browser and not bench", *files_with("browser")],
}


def report_of(name: str) -> Path:
    """Where a run leaves its counts."""
    return REPORTS / f"{name}.xml"


def run(runs: Runs) -> list[tuple[int, Counter[str]]]:
    """Some pytest runs at the same time: the exit code and the counts of each. The first shows itself at once, the
    others one after the other when they have ended, so that the lines do not mix."""
    started = [start(name, arguments, quiet=bool(nth)) for nth, (name, arguments) in enumerate(runs.items())]
    ended = []
    for name, process in zip(runs, started, strict=True):
        said, _none = process.communicate()
        sys.stdout.write(said or "")
        sys.stdout.flush()
        report = report_of(name)
        ended.append((process.returncode, counts(report) if report.exists() else Counter({"error": 1})))
    return ended


def start(name: str, arguments: list[str], *, quiet: bool) -> subprocess.Popen[str]:
    """Begin one pytest run."""
    report = report_of(name)
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *arguments, *sys.argv[1:]]
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
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
    for runs in (FIRST, THEN):
        for code, found in run(runs):
            codes.append(code)
            total += found
    words = ", ".join(f"{total[word]} {word}" for word in ("failed", "passed", "skipped", "error") if total[word])
    line = f"{words or 'no tests ran'} in {time.monotonic() - begun:.2f}s"
    (REPORTS / "summary").write_text(f"{line}\n")
    sys.stdout.write(f"\n{line}\n")
    return 0 if total["passed"] and all(code in (OK, NOTHING_SELECTED) for code in codes) else 1


if __name__ == "__main__":
    sys.exit(main())
