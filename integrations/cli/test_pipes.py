"""Standard output as other programs use it."""

import json
import os
import subprocess

DSLOG = os.environ["DSLOG"]
LOG = "fixtures/typical_200.jsonl"


def test_a_reader_that_leaves_is_no_error():
    run = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{DSLOG} analyze {LOG} --format json | head -c 1"],
        capture_output=True,
    )
    assert (run.returncode, run.stderr) == (0, b"")


def test_python_reads_the_json():
    run = subprocess.run([DSLOG, "analyze", LOG, "--format", "json"], capture_output=True, check=True)
    report = json.loads(run.stdout)
    totals = report["totals"]
    assert totals["lines"] == sum(
        totals[part] for part in ["blank", "malformed", "other", "requests", "continued", "outside"]
    )
    assert totals["failures"] == sum(code["count"] for code in report["codes"]) > 0
