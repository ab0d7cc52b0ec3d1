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

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_XSD = "https://maven.apache.org/surefire/maven-surefire-plugin/xsd/surefire-test-report-3.0.xsd"
_JITTER = (0.92, 0.96, 1.0, 1.0, 1.05, 1.13)
_TRIES = RETRIES["surefire"]


def pytest_report(
    repo: Repo, failing: Failing, *, attempt: int, started: datetime, rng: Random
) -> tuple[bytes, bool]:
    """Write results/pytest.xml of one run; the second value tells whether anything failed."""
    cases = cases_of(repo, "pytest")
    rows, failed, total = list[str](), 0, 0.0
    for case, jitter in zip(cases, rng.choices(_JITTER, k=len(cases)), strict=True):
        head, passed = _pytest_parts(case)
        seconds = 0.0 if case.skipped else case.seconds * jitter
        total += seconds
        failure = failing(case)
        if failure is None or case.skipped or not fails_left(failure, case, attempt):
            rows.append(f"{head}{seconds:.3f}{passed}")
        else:
            failed += 1
            rows.append(f"{head}{seconds:.3f}{_pytest_failure(case, failure)}")
    skipped = sum(case.skipped for case in cases)
    stamp = f"{started:%Y-%m-%dT%H:%M:%S}.{rng.randrange(10**6):06d}+00:00"
    head = (
        '<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests">'
        f'<testsuite name="pytest" errors="0" failures="{failed}" skipped="{skipped}" '
        f'tests="{len(cases)}" time="{total * 1.04:.3f}" timestamp="{stamp}" hostname="ci-runner">'
    )
    return f"{head}{''.join(rows)}</testsuite></testsuites>".encode(), failed > 0


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
        place = f"{case.file}:{case.line}"
        inside += f'<skipped type="pytest.skip" message="{reason}">{place}: {reason}</skipped>'
    return head, f'">{inside}</testcase>' if inside else '" />'


def _properties(case: Case) -> str:
    rows = "".join(
        f'<property name="{tag}" value={quoteattr(value)} />' for tag, value in case.tags.items()
    )
    return f"<properties>{rows}</properties>" if rows else ""


def _pytest_failure(case: Case, failure: Failure) -> str:
    function = case.name.partition("[")[0]
    place = f"{case.file}:{case.line + 3}: "
    text = escape(
        f"def {function}():\n>       {function}_steps()\n\n{place}\n"
        + "".join(f"E       {line}\n" for line in failure.message.splitlines())
        + f"\n{place}{failure.message.partition(':')[0]}"
    )
    message = quoteattr(failure.message)
    return f'">{_properties(case)}<failure message={message}>{text}</failure></testcase>'


def surefire_reports(
    repo: Repo, failing: Failing, *, attempt: int, rng: Random
) -> tuple[dict[str, bytes], bool]:
    """Write a report per test class; the second value tells whether any test failed in the end."""
    reports, red = dict[str, bytes](), False
    for name, members in groupby(cases_of(repo, "surefire"), key=lambda case: case.class_name):
        group = list(members)
        rows, failed, total = list[str](), 0, 0.0
        for case, jitter in zip(group, rng.choices(_JITTER, k=len(group)), strict=True):
            failure = None if case.skipped else failing(case)
            fails = fails_left(failure, case, attempt)
            seconds = case.seconds * jitter * min(fails + 1, _TRIES)
            total += seconds
            failed += fails >= _TRIES
            head = (
                f'  <testcase name={quoteattr(case.name)} classname="{name}" time="{seconds:.3f}"'
            )
            rows.append(head + _surefire_rest(case, failure if fails else None, fails))
        red = red or failed > 0
        skipped = sum(case.skipped for case in group)
        reports[f"TEST-{name}.xml"] = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<testsuite xmlns:xsi="{_XSI}" xsi:noNamespaceSchemaLocation="{_XSD}" version="3.0" '
            f'name="{name}" time="{total:.3f}" tests="{len(group)}" errors="0" '
            f'skipped="{skipped}" failures="{failed}">\n'
            '  <properties>\n    <property name="java.specification.version" value="21"/>\n'
            '    <property name="user.timezone" value="UTC"/>\n  </properties>\n'
            f"{''.join(rows)}</testsuite>\n"
        ).encode()
    return reports, red


def _surefire_rest(case: Case, failure: Failure | None, fails: int) -> str:
    """Return what follows the attributes of a testcase."""
    if case.skipped:
        return '>\n    <skipped message="needs the staging warehouse"/>\n  </testcase>\n'
    if failure is None:
        return "/>\n"
    kind, _, message = failure.message.partition(": ")
    told = f"message={quoteattr(message)} type={quoteattr(kind)}"
    method, file = case.name.partition("(")[0], case.class_name.rpartition(".")[2]
    trace = (
        f"<![CDATA[{failure.message}\n\tat {case.class_name}.{method}({file}.java:{case.line})]]>"
    )
    again = "flakyFailure" if fails < _TRIES else "rerunFailure"
    row = f"    <{again} {told}>\n      <stackTrace>{trace}</stackTrace>\n    </{again}>\n"
    if fails < _TRIES:
        return f">\n{row * fails}  </testcase>\n"
    return f">\n    <failure {told}>{trace}</failure>\n{row * (_TRIES - 1)}  </testcase>\n"
