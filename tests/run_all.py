"""Runs the whole suite (``make test``): first what may run side by side, then what needs the machine to itself.

Browser tests and tests that start and kill processes come second, so that their timing is not disturbed. Both runs
always happen; the last line sums them up in pytest's own words, and also stays in var/tests/summary.
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
ALONE = "browser or processes"
RUNS = {
    "together": ["-n", os.environ.get("TEST_WORKERS", "2"), "-m", f"not bench and not ({ALONE})"],
    "alone": ["-m", f"not bench and ({ALONE})"],
}
OK, NOTHING_SELECTED = 0, 5


def run(name: str, arguments: list[str]) -> tuple[int, Counter[str]]:
    """One pytest run: its exit code and its counts."""
    report = REPORTS / f"{name}.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *arguments, *sys.argv[1:]]
    code = subprocess.run(command, cwd=ROOT).returncode
    return code, counts(report) if report.exists() else Counter({"error": 1})


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
    """Both runs and the closing line; 0 only when everything passed."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    begun, total, codes = time.monotonic(), Counter[str](), []
    for name, arguments in RUNS.items():
        code, found = run(name, arguments)
        codes.append(code)
        total += found
    words = ", ".join(f"{total[word]} {word}" for word in ("failed", "passed", "skipped", "error") if total[word])
    line = f"{words or 'no tests ran'} in {time.monotonic() - begun:.2f}s"
    (REPORTS / "summary").write_text(f"{line}\n")
    sys.stdout.write(f"\n{line}\n")
    return 0 if total["passed"] and all(code in (OK, NOTHING_SELECTED) for code in codes) else 1


if __name__ == "__main__":
    sys.exit(main())
