"""JUnit XML as pytest (`junit_family=xunit1`) and as Maven Surefire write it.

pytest calls a test failed at its first failure; Surefire is set to rerun twice and writes
`flakyFailure` where a later attempt passed, `failure` and `rerunFailure` where none did.
"""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from itertools import groupby
from random import Random
from xml.sax.saxutils import escape, quoteattr

from gapsight.demo.outcomes import RETRIES, Failure, fails_left
from gapsight.demo.suites import Case, cases_of
from gapsight.demo.world import Repo

Failing = Callable[[Case], Failure | None]
"""How a test fails in the run at hand; None: it passes."""

_XSD = "https://maven.apache.org/surefire/maven-surefire-plugin/xsd/surefire-test-report-3.0.xsd"
_JITTER = (0.92, 0.96, 1.0, 1.0, 1.05, 1.13)


def pytest_report(
    repo: Repo, failing: Failing, *, attempt: int, started: datetime, rng: Random
) -> tuple[bytes, bool]:
    """results/pytest.xml of one run, and whether anything failed."""
    cases = cases_of(repo, "pytest")
    rows, failed, total = [], 0, 0.0
    for case, jitter in zip(cases, rng.choices(_JITTER, k=len(cases)), strict=True):
        head, passed = _pytest_parts(case)
        seconds = case.seconds * jitter
        total += seconds
        failure = failing(case)
        if not fails_left(failure, case, attempt) or failure is None or case.skipped:
            rows.append(f"{head}{0.0 if case.skipped else seconds:.3f}{passed}")
        else:
            failed += 1
            rows.append(f"{head}{seconds:.3f}{_pytest_failure(case, failure)}")
    skipped = sum(case.skipped for case in cases)
    suite = (
        f'<testsuite name="pytest" errors="0" failures="{failed}" skipped="{skipped}" tests="{len(cases)}" '
        f'time="{total * 1.04:.3f}" timestamp="{started:%Y-%m-%dT%H:%M:%S}.{started.microsecond:06d}+00:00" '
        'hostname="ci-runner">'
    )
    head = '<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests">'
    return f"{head}{suite}{''.join(rows)}</testsuite></testsuites>".encode(), failed > 0


@cache
def _pytest_parts(case: Case) -> tuple[str, str]:
    """Return a testcase up to the value of its time, and its rest when nothing fails."""
    head = (
        f"<testcase classname={quoteattr(case.class_name)} name={quoteattr(case.name)} "
        f'file="{case.file}" line="{case.line}" time="'
    )
    inside = _properties(case)
    if case.skipped:
        reason = "needs the partner sandbox"
        inside += f'<skipped type="pytest.skip" message="{reason}">{case.file}:{case.line}: {reason}</skipped>'
    return head, f'">{inside}</testcase>' if inside else '" />'


def _properties(case: Case) -> str:
    rows = "".join(
        f'<property name="{tag}" value={quoteattr(value)} />' for tag, value in case.tags.items()
    )
    return f"<properties>{rows}</properties>" if rows else ""


def _pytest_failure(case: Case, failure: Failure) -> str:
    message = quoteattr(failure.message).replace("\n", "&#10;")
    function = case.name.partition("[")[0]
    text = escape(
        f"def {function}():\n>       {function}_steps()\n\n{case.file}:{case.line + 3}: \n"
        + "".join(f"E       {line}\n" for line in failure.message.splitlines())
        + f"\n{case.file}:{case.line + 3}: {failure.message.partition(':')[0]}"
    )
    return f'">{_properties(case)}<failure message={message}>{text}</failure></testcase>'


def surefire_reports(
    repo: Repo, failing: Failing, *, attempt: int, rng: Random
) -> tuple[dict[str, bytes], bool]:
    """One report per test class, by file name, and whether anything failed in the end."""
    reports, red = {}, False
    for name, members in groupby(cases_of(repo, "surefire"), key=lambda case: case.class_name):
        group = list(members)
        rows, failed, total = [], 0, 0.0
        for case, jitter in zip(group, rng.choices(_JITTER, k=len(group)), strict=True):
            failure = failing(case)
            fails = 0 if failure is None or case.skipped else fails_left(failure, case, attempt)
            attempts = 1 if not fails else min(fails + 1, RETRIES["surefire"])
            seconds = case.seconds * jitter * attempts
            total += seconds
            failed += fails >= RETRIES["surefire"]
            rows.append(_surefire_case(case, seconds, failure=failure, fails=fails))
        skipped = sum(case.skipped for case in group)
        red = red or failed > 0
        reports[f"TEST-{name}.xml"] = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<testsuite xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
            f'xsi:noNamespaceSchemaLocation="{_XSD}" version="3.0" name="{name}" time="{total:.3f}" '
            f'tests="{len(group)}" errors="0" skipped="{skipped}" failures="{failed}">\n'
            '  <properties>\n    <property name="java.specification.version" value="21"/>\n'
            '    <property name="user.timezone" value="UTC"/>\n  </properties>\n'
            f"{''.join(rows)}</testsuite>\n"
        ).encode()
    return reports, red


def _surefire_case(case: Case, seconds: float, *, failure: Failure | None, fails: int) -> str:
    head = f'  <testcase name={quoteattr(case.name)} classname="{case.class_name}" time="{seconds:.3f}"'
    if case.skipped:
        return f'{head}>\n    <skipped message="needs the staging warehouse"/>\n  </testcase>\n'
    if failure is None or not fails:
        return f"{head}/>\n"
    kind, _, message = failure.message.partition(": ")
    told = f'message={quoteattr(message)} type="{escape(kind)}"'
    trace = f"<![CDATA[{failure.message}\n\tat {case.class_name}.{case.name.partition('(')[0]}({case.line}.java)\n]]>"
    if fails < RETRIES["surefire"]:
        rows = (
            f"    <flakyFailure {told}>\n      <stackTrace>{trace}</stackTrace>\n    </flakyFailure>\n"
            * fails
        )
    else:
        again = f"    <rerunFailure {told}>\n      <stackTrace>{trace}</stackTrace>\n    </rerunFailure>\n"
        rows = f"    <failure {told}>{trace}</failure>\n" + again * (RETRIES["surefire"] - 1)
    return f"{head}>\n{rows}  </testcase>\n"
