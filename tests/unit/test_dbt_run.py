"""What is said of a model or test that failed."""

import pytest

from orchestration.dbt_run import _plain

OURS = (
    "Runtime Error in model fct_releases (models/marts/fct_releases.sql)\n  It failed at (line 3)."
)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (OURS, " ".join(OURS.split())),
        (
            "Job aborted: no space left on device\n\tat java.base/java.io.FileOutputStream.write(Native)\n\tat x",
            "Job aborted: no space left on device",
        ),
        (
            "Could not read.\n  at org.apache.spark.sql.Dataset$$anonfun.apply(Dataset.scala:3)",
            "Could not read.",
        ),
        (
            "[CAST_INVALID_INPUT] The value 'x' is none. SQLSTATE: 22018\n\nJVM stacktrace:\norg.apache.spark.Spark",
            "[CAST_INVALID_INPUT] The value 'x' is none. SQLSTATE: 22018",
        ),
        (
            "Cannot call methods on a stopped SparkContext.\nThis stopped SparkContext was created at:\n\norg.apache",
            "Cannot call methods on a stopped SparkContext.",
        ),
    ],
)
def test_the_stack_of_java_is_left_out(message, said):
    assert _plain(message) == said
