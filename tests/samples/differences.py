"""Where Gapsight's numbers differ from those that stand in a sample or beside it, each with its reason.

`python -m tests.samples.differences` prints the section of docs/decisions.md, which a test compares.
"""

import sys

TITLE = "## Where Gapsight's numbers differ from the sample's own tool"
INTRODUCTION = """\
Every number that a file of the shared samples states about itself, or that lies beside it, is compared with the rows
Gapsight makes of it (`tests/samples/test_stated_numbers.py`). All are equal but these, which stand in
`tests/samples/differences.py`; of times one file is shown for each reason."""

ATTEMPTS = "each attempt is counted there; here attempts are one test, judged by its last"
ELEMENTS = "each failure element is counted there; here a test fails once"
SHORTENED = "the file is a part of a report, with the totals of the whole"
BY_HAND = "made or edited by hand for a tool's tests: the totals are not those of its elements"

JUNIT = {
    "MishaKav+pytest-coverage-comment/pytest_2.xml": (
        "tests 15, failures 0, skipped 0", "tests 109, failures 1, skipped 2", BY_HAND),
    "ctrf-io+junit-to-ctrf/test-surefire-retry.xml": (
        "failures 1, errors 0", "failures 0, errors 1",
        "Surefire judges by the first attempt (failure); here the last counts (error)"),
    "dorny+test-reporter/nette-tester/tester-v1.7-report.xml": (
        "errors 1", "errors 0", "the tool totals as an error what it writes as <failure>"),
    "dorny+test-reporter/python-xunit-pytest.xml": (
        "tests 15", "tests 10", "pytest's total holds subtests, which have no element of their own"),
    "dorny+test-reporter/test-errors/jest/jest-test-results.xml": (
        "tests 0", "tests 2", "a suite that could not start has no test there; its error is one here"),
    "jenkinsci+junit-plugin/JENKINS-42438/junit-report-1.xml": ("skipped 2", "skipped 3", BY_HAND),
    "jenkinsci+junit-plugin/SKIPPED_MESSAGE/afterSkippedResult.xml": (
        "skipped 1", "skipped 0", "its only test holds an <error>: a failure is never hidden"),
    "jenkinsci+junit-plugin/gh-237/TEST-io.olamy.AlwaysFailTest.xml": (
        "tests 4, failures 4", "tests 1, failures 1", ATTEMPTS),
    "jenkinsci+junit-plugin/gh-237/TEST-io.olamy.FlakyTest.xml": (
        "tests 3, failures 2", "tests 1, failures 0", ATTEMPTS),
    "jenkinsci+junit-plugin/junit-report-1233.xml": ("tests 456", "tests 5", SHORTENED),
    "jenkinsci+junit-plugin/junit-report-bad-duration.xml": ("tests 1", "tests 2", BY_HAND),
    "jenkinsci+junit-plugin/junit-report-errror-details.xml": ("tests 2", "tests 1", SHORTENED),
    "jenkinsci+junit-plugin/junit-report-nested-testsuites.xml": (
        "tests 186, errors 0", "tests 3, errors 1", SHORTENED),
    "jenkinsci+junit-plugin/junit-report-testsuite-various-timestamps.xml": (
        "tests 8", "tests 12", BY_HAND),
    "jenkinsci+junit-plugin/junit-report-time-aggregation.xml": ("tests 2", "tests 3", BY_HAND),
    "jenkinsci+junit-plugin/junit-report-time-aggregation2.xml": ("tests 2", "tests 3", BY_HAND),
    "jenkinsci+junit-plugin/old-reports/junit-report-1.xml": ("tests 2", "tests 3", BY_HAND),
    "jenkinsci+junit-plugin/old-reports/junit-report-2.xml": ("tests 2", "tests 3", BY_HAND),
    "mikepenz+action-junit-report/container-structure/test.xml": ("tests 8", "tests 3", SHORTENED),
    "mikepenz+action-junit-report/flaky_retries/flaky_all_failures.xml": (
        "tests 3, failures 2", "tests 1, failures 0", ATTEMPTS),
    "mikepenz+action-junit-report/flaky_retries/flaky_with_classname_file.xml": (
        "tests 5, failures 1, errors 2", "tests 3, failures 0, errors 0", ATTEMPTS),
    "mikepenz+action-junit-report/junit-server-test/report.xml": (
        "failures 1", "failures 0", ATTEMPTS),
    "mikepenz+action-junit-report/junit-web-test/expected.xml": (
        "errors 1", "errors 0", "the runner counts its failed test as a failure and as an error"),
    "mikepenz+action-junit-report/junit-web-test/expectedRetries.xml": (
        "tests 6, errors 1", "tests 7, errors 0",
        "as expected.xml, whose totals it kept when a retried test was added to it"),
    "mikepenz+action-junit-report/mocha/mocha.xml": (
        "tests 15515, skipped 1", "tests 1, skipped 0", SHORTENED),
    "mikepenz+action-junit-report/multiple/test_10.xml": ("tests 8", "tests 3", SHORTENED),
    "mikepenz+action-junit-report/multiple/test_11.xml": (
        "tests 8, failures 0", "tests 3, failures 1", SHORTENED),
    "mikepenz+action-junit-report/multiple/test_12.xml": ("tests 8", "tests 3", SHORTENED),
    "mikepenz+action-junit-report/multiple_failures/test_multiple_errors.xml": (
        "errors 3", "errors 1", ELEMENTS),
    "mikepenz+action-junit-report/multiple_failures/test_multiple_failures.xml": (
        "failures 4", "failures 2", ELEMENTS),
    "mikepenz+action-junit-report/nested/junit.xml": (
        "tests 4, failures 0", "tests 5, failures 3",
        "the outer suites state less than the suite inside them, which states 5 and 3"),
    "mikepenz+action-junit-report/nested/multi-level.xml": ("tests 57", "tests 3", SHORTENED),
    "mikepenz+action-junit-report/python/report_flaky.xml": ("tests 3", "tests 4", BY_HAND),
    "trunk-io+analytics-cli/junit1_fail.xml": (
        "tests 1, failures 1", "tests 2, failures 2", BY_HAND),
    "trunk-io+analytics-cli/junit1_pass.xml": ("tests 1", "tests 2", BY_HAND),
}  # fmt: skip
"""Below junit/: what is stated, what Gapsight counts, and why."""

AROUND = "a report's time also holds what is no test's: imports, set-up, tear-down, attempts without a time"
PARALLEL = "tests ran in parallel: the clock's time there, the sum of all tests here"
NANOSECONDS = "nanoseconds in a field of seconds: a duration of 31 years is unknown, not believed"
NO_TIMES = "the tests carry no time: unknown"
TIME_SHORTENED = "the file is a part of a report, with the time of the whole"
TIME_BY_HAND = "made or edited by hand for a tool's tests: the time is not that of its tests"

SECONDS = {
    AROUND: {
        "MishaKav+jest-coverage-comment/junit.xml": (0.732, 0.019),
        "MishaKav+pytest-coverage-comment/pytest_1.xml": (0.583, 0.324),
        "MishaKav+pytest-coverage-comment/pytest_3.xml": (277.31, 247.666),
        "dorny+test-reporter/empty/java-junit.xml": (0.116, 0),
        "dorny+test-reporter/empty/jest-junit-empty-testsuite.xml": (11.299, 0),
        "dorny+test-reporter/empty/jest-junit.xml": (11.299, 0),
        "dorny+test-reporter/external/jest/jest-react-component-test-results.xml": (1, 0.704),
        "dorny+test-reporter/jest-junit.xml": (1.36, 0.007),
        "dorny+test-reporter/python-xunit-pytest.xml": (0.019, 0.007),
        "dorny+test-reporter/test-errors/jest/jest-test-results.xml": (0.646, 0),
        "jenkinsci+junit-plugin/JENKINS-48583/TEST-com.sample.test.TestMessage.xml": (0.063, 0.002),
        "jenkinsci+junit-plugin/JENKINS-48583/TEST-com.sample.test.TestMessage2.xml": (0.06, 0.004),
        "jenkinsci+junit-plugin/JENKINS-48583/TESTS-TestSuites.xml": (0.123, 0.006),
        "jenkinsci+junit-plugin/gh-237/TEST-io.olamy.FlakyTest.xml": (0.046, 0.001),
        "jenkinsci+junit-plugin/junit-report-20090516.xml": (14.398, 14.367),
        "jenkinsci+junit-plugin/junit-report-2874.xml": (4.158, 3.521),
        "jenkinsci+junit-plugin/pipeline/junit-report-testTrends-first-2.xml": (14.398, 14.367),
        "jenkinsci+junit-plugin/pipeline/junit-report-testTrends-second-1.xml": (4.158, 3.521),
        "jenkinsci+junit-plugin/pipeline/junit-report-testTrends-second-2.xml": (5.158, 4.521),
        "jenkinsci+junit-plugin/pipeline/junit-report-testTrends-second-3.xml": (6.158, 5.521),
        "mikepenz+action-junit-report/corrupt-junit/e2e-tests/corrupt/target/sf-reports/"
        "TEST-test.CorruptTest.xml": (11.288, 10.131),
        "mikepenz+action-junit-report/junit_flaky_failure/marathon_junit_report.xml": (9.56, 1.86),
        "mikepenz+action-junit-report/python/report.xml": (0.052, 0.002),
        "mikepenz+action-junit-report/python/report_flaky.xml": (0.052, 0.002),
        "mikepenz+action-junit-report/tests/email/target/surefire-reports/"
        "TEST-action.surefire.report.email.EmailAddressTest.xml": (0.041, 0.012),
        "mikepenz+action-junit-report/tests/utils/target/surefire-reports/"
        "TEST-action.surefire.report.calc.AllOkTest.xml": (0.027, 0.002),
    },
    PARALLEL: {
        "dorny+test-reporter/external/jest/jest-test-results.xml": (165.872, 592.588),
        "mikepenz+action-junit-report/nextest/basic.xml": (0.946, 2.663),
    },
    NANOSECONDS: {
        "mikepenz+action-junit-report/container-structure/test.xml": (1967986371, 0),
        "mikepenz+action-junit-report/multiple/test_10.xml": (1967986371, 0),
        "mikepenz+action-junit-report/multiple/test_11.xml": (1967986371, 0),
        "mikepenz+action-junit-report/multiple/test_12.xml": (1967986371, 0),
    },
    NO_TIMES: {
        "dorny+test-reporter/nette-tester/BootstrapFormRenderer-report.xml": (0.3, 0),
        "dorny+test-reporter/nette-tester/tester-v1.7-report.xml": (2.1, 0),
    },
    TIME_SHORTENED: {
        "dorny+test-reporter/external/java/junit4-basic.xml": (15.682687, 11.327),
        "jenkinsci+junit-plugin/junit-report-1233.xml": (107.824, 0.891),
        "jenkinsci+junit-plugin/junit-report-nested-testsuites.xml": (4.486, 0.006),
        "mikepenz+action-junit-report/junit-server-test/report.xml": (24.733407, 13.27),
        "mikepenz+action-junit-report/mocha/mocha.xml": (3.286, 0.002),
        "mikepenz+action-junit-report/nested/multi-level.xml": (5.922, 0.1),
    },
    TIME_BY_HAND: {
        "MishaKav+pytest-coverage-comment/pytest_2.xml": (0.245, 0.324),
        "ctrf-io+junit-to-ctrf/test-junit-problem-string.xml": (0.579, 0.4),
        "jenkinsci+junit-plugin/JENKINS-42438/junit-report-1.xml": (2, 98),
        "jenkinsci+junit-plugin/junit-report-testsuite-time-attrs.xml": (2543.1, 101),
        "jenkinsci+junit-plugin/junit-report-testsuite-various-timestamps.xml": (2543.1, 287.78),
        "jenkinsci+junit-plugin/junit-report-time-aggregation.xml": (100, 30),
        "jenkinsci+junit-plugin/old-reports/junit-report-1.xml": (100, 30),
        "mikepenz+action-junit-report/flaky_retries/flaky_with_classname_file.xml": (5.526, 6.526),
    },
}
"""Below junit/, by reason: the seconds a report states, and the sum of its tests' durations."""

NOT_MEASURED = "no line says that it has branches: unknown is neither 0 of 0 nor 100 %"
AT_ROOT_ONLY = "stated at the root and on no line: of no file anything is known"
EDITED = "cut down by hand for a tool's tests: the rates are not those of its lines"
METHODS = "the tool counts the lines of all methods (a property's line twice); here a line of a file counts once"
_NO_BRANCHES = "branches-covered unknown, branches-valid unknown, branch-rate unknown"

COBERTURA = {
    "Bachmann1234+diff_cover/coverage.xml": (
        "line-rate 0.8792, branch-rate 0", "line-rate 0.5, branch-rate unknown", EDITED),
    "Bachmann1234+diff_cover/coverage1.xml": (
        "line-rate 0.8792, branch-rate 0", "line-rate 0.5, branch-rate unknown", EDITED),
    "Bachmann1234+diff_cover/coverage2.xml": (
        "line-rate 0.8792, branch-rate 0", "line-rate 0.6, branch-rate unknown", EDITED),
    "Bachmann1234+diff_cover/coverage_missing_lines.xml": (
        "line-rate 0.8792, branch-rate 0", "line-rate 0.5, branch-rate unknown", EDITED),
    "Bachmann1234+diff_cover/moved_coverage.xml": (
        "line-rate 0.8792, branch-rate 0", "line-rate 0.5, branch-rate unknown", EDITED),
    "Bachmann1234+diff_cover/unicode_coverage.xml": (
        "line-rate 0.8792, branch-rate 0", "line-rate 0.5, branch-rate unknown", EDITED),
    "Bachmann1234+diff_cover/dotnet_coverage.xml": (
        "branches-covered 0, branches-valid 0, branch-rate 1", _NO_BRANCHES, NOT_MEASURED),
    "Bachmann1234+diff_cover/luacoverage.xml": (
        "branch-rate 0", "branch-rate unknown", NOT_MEASURED),
    "MishaKav+pytest-coverage-comment/coverage_1.xml": (
        "branches-covered 0, branches-valid 0, branch-rate 0", _NO_BRANCHES, NOT_MEASURED),
    "nedbat+coveragepy/x_xml/coverage.xml": (
        "branches-covered 0, branches-valid 0, branch-rate 0", _NO_BRANCHES, NOT_MEASURED),
    "danielpalme+ReportGenerator/Other/Cobertura_Istanbul.xml": (
        "branches-covered 235, branches-valid 2949, branch-rate 0.0797", _NO_BRANCHES, AT_ROOT_ONLY),
    "danielpalme+ReportGenerator/Other/Cobertura_Swift.xml": (
        "branches-covered 1, branches-valid 1, branch-rate 1", _NO_BRANCHES, AT_ROOT_ONLY),
    "danielpalme+ReportGenerator/C++/Reports/Cobertura_CPPCoverage.xml": (
        "line-rate 0.1205", "line-rate 0", EDITED),
    "danielpalme+ReportGenerator/CSharp/Reports/Cobertura_altcover.xml": (
        "line-rate 0.6648, branch-rate 0.2245", "line-rate 0.6667, branch-rate 0.7",
        "121 of 182 lines there, repeated ones included; its branch rate is of points that no line shows"),
    "danielpalme+ReportGenerator/CSharp/Reports/Cobertura_dotnet-coverage.xml": (
        "lines-covered 163, lines-valid 235, line-rate 0.6936",
        "lines-covered 158, lines-valid 221, line-rate 0.7149", METHODS),
    "danielpalme+ReportGenerator/CSharp/Reports/Cobertura_dotnettest.xml": (
        "lines-covered 163, lines-valid 235, line-rate 0.6936",
        "lines-covered 158, lines-valid 221, line-rate 0.7149", METHODS),
    "danielpalme+ReportGenerator/CSharp/Reports/Cobertura_dotnettest_old.xml": (
        ("lines-covered 3639, lines-valid 14183, line-rate 0.2566, "
         "branches-covered 992, branches-valid 6260, branch-rate 0.1585"),
        ("lines-covered 130, lines-valid 199, line-rate 0.6533, "
         "branches-covered 11, branches-valid 14, branch-rate 0.7857"),
        "a part of a report, with the totals of the whole; lines as in the row before"),
}  # fmt: skip
"""Below coverage/: what the root states, what Gapsight counts, and why. Packages and classes of these
files, and of no other, may differ too."""

REPEATED = (
    "each DA line is counted there, though a property's two methods share one; here a line counts once;"
    " FNF also counts three excluded methods, of which no line tells"
)
_NO_CONDITIONS = "coveredconditionals unknown, conditionals unknown"
_UNKNOWN = "BRF unknown, BRH unknown"

LCOV = {
    "Bachmann1234+diff_cover/lcov.info": (
        "LF 6, LH 6, BRF 0", "LF 10, LH 5, BRF 1", BY_HAND),
    "MishaKav+jest-coverage-comment/lcov.info": ("BRF 0, BRH 0", _UNKNOWN, NOT_MEASURED),
    "danielpalme+ReportGenerator/CSharp/Reports/lcov.info": (
        "FNF 57, LH 124, LF 199", "FNF 54, LH 118, LF 184", REPEATED),
}  # fmt: skip
"""Below coverage/: what the records state, summed up, what Gapsight counts, and why."""

CLOVER = {
    "MishaKav+jest-coverage-comment/clover.xml": (
        "coveredconditionals 0, conditionals 0", _NO_CONDITIONS, NOT_MEASURED),
    "danielpalme+ReportGenerator/Other/Clover_Groovy.xml": (
        "coveredconditionals 0, conditionals 0", _NO_CONDITIONS, NOT_MEASURED),
    "danielpalme+ReportGenerator/Other/Clover_Istanbul.xml": (
        ("coveredstatements 161, statements 161, "
         "coveredconditionals 18, conditionals 24, coveredmethods 49, methods 49"),
        ("coveredstatements 11, statements 11, "
         "coveredconditionals unknown, conditionals unknown, coveredmethods 4, methods 4"), SHORTENED),
}  # fmt: skip
"""Below coverage/: what the project states, what Gapsight counts, and why."""

OTHERS = {
    "nunit": (
        "junit/dorny+test-reporter/dotnet-nunit.xml", "passed 3, failed 5, skipped 1", "refused",
        "NUnit 3 is another format, for which there is no source yet"),
    "time twice": (
        "junit/dorny+test-reporter/phpunit/phpunit.xml", "time_shown 148ms", "0.14 s",
        "the tool adds the time of inner suites to that of the outer one, which holds it already"),
    "text table": (
        "coverage/MishaKav+jest-coverage-comment/coverage.txt", "lines 71.73 %", "lines 33 of 42",
        "its table is of another run than the summary below it, which says 33 of 42 as all others do"),
    "no percent": (
        "coverage/MishaKav+jest-coverage-comment/coverage-summary.json", "branches 0 of 0, 100 %",
        "branches 0 of 0", "nothing that could be covered has no percentage"),
    "issues": (
        "jira/apache+incubator-devlake/expected_issues.csv", "30 issues", "33 issues",
        "the tool keeps the issues of one board; the other three belong to a second project"),
    "histories": (
        "jira/apache+incubator-devlake/expected_changelogs.csv", "517 histories", "195 changes",
        "only changes of status and resolution are kept, and of these all 195 of that tool"),
}  # fmt: skip


def section() -> str:
    """The section of docs/decisions.md: a line per difference; files that differ alike share one."""
    rows = [(f"junit/{file}", said) for file, said in JUNIT.items()]
    rows += [(f"coverage/{file}", said) for file, said in COBERTURA.items()]
    rows += [(f"coverage/{file}", said) for file, said in (LCOV | CLOVER).items()]
    rows += [(file, tuple(said)) for file, *said in OTHERS.values()]
    alike: dict[tuple[object, ...], list[str]] = {}
    for file, said in rows:
        alike.setdefault((*file.split("/")[:2], said), []).append(file)
    lines = [_line(files, *key[2]) for key, files in alike.items()]
    for why, files in SECONDS.items():
        name, (theirs, ours) = next(iter(files.items()))
        shown = [f"time of {len(files)} reports, as junit/{name}"]
        lines.append(_line(shown, f"{theirs:.10g} s", f"{ours:.10g} s", why))
    head = "| file | theirs | ours | why |\n|---|---|---|---|"
    return "\n".join((TITLE, INTRODUCTION, "", head, *lines, ""))


def _line(files: list[str], *said: str) -> str:
    first, *more = files
    names = [first, *("/".join(name.split("/")[2:]) for name in more)]
    return f"| {', '.join(names)} | {' | '.join(map(_escaped, said))} |"


def _escaped(text: str) -> str:
    return text.replace("<", "`<").replace(">", ">`")


if __name__ == "__main__":
    sys.stdout.write(section())
