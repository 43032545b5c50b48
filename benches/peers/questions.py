"""The four questions, as each tool is asked them. `questions.py TOOL LOG` prints the answers as
JSON: failures by code; requests with status 429 by minute; the 20 request ids with most
failures (ties by the id); median and 99th percentile of latency by model, nearest rank.

A failure is what dslog's contract says, as far as the `typical` profile has it: status 400
or above, an error code, or a task that ended in FAILED, CANCELED or UNKNOWN. All tools skip
lines that are no JSON; how strictly, differs, and shows in the answers' check."""

import json
import sys

FAILED = "('FAILED', 'CANCELED', 'UNKNOWN')"

# One pass over the log into a table, then four queries: what an analyst would type.
DUCKDB_LOAD = """
CREATE TABLE calls AS SELECT timestamp, status, request_id, latency_ms, model,
  coalesce(nullif(code, ''), nullif(output.code, ''),
    CASE WHEN status >= 400 THEN 'HTTP ' || status END) AS code,
  (coalesce(status, 0) >= 400 OR coalesce(code, '') <> ''
    OR coalesce(output.task_status, '') IN {failed}) AS failed
FROM read_json('{log}', format = 'newline_delimited', ignore_errors = true,
  maximum_object_size = 67108864, columns = {{timestamp: 'VARCHAR', status: 'INTEGER', code: 'VARCHAR',
  request_id: 'VARCHAR', latency_ms: 'DOUBLE', model: 'VARCHAR',
  output: 'STRUCT(code VARCHAR, task_status VARCHAR)'}})
WHERE status IS NOT NULL
"""

SQL = {
    "codes": "SELECT code, count(*) FROM calls WHERE failed GROUP BY code",
    "minutes_429": "SELECT substr(timestamp, 1, 16), count(*) FROM calls"
    " WHERE status = 429 AND timestamp IS NOT NULL GROUP BY 1",
    "top_ids": "SELECT request_id, count(*) AS n FROM calls WHERE failed AND request_id <> ''"
    " GROUP BY request_id ORDER BY n DESC, request_id LIMIT 20",
}


def duckdb(log):
    import duckdb as db

    db.sql("SET threads = 2")
    db.sql(DUCKDB_LOAD.format(log=log, failed=FAILED))
    answers = {name: db.sql(query).fetchall() for name, query in SQL.items()}
    answers["latency"] = db.sql(
        "SELECT model, quantile_disc(latency_ms, 0.5), quantile_disc(latency_ms, 0.99)"
        " FROM calls WHERE model IS NOT NULL GROUP BY model"
    ).fetchall()
    return answers


def clickhouse(log):
    import chdb.session

    session = chdb.session.Session()
    session.query("SET max_threads = 2")
    source = (
        f"file('{log}', JSONEachRow, 'timestamp Nullable(String), status Nullable(Int32),"
        " code Nullable(String), request_id Nullable(String), latency_ms Nullable(Float64),"
        " model Nullable(String), output Tuple(code Nullable(String), task_status Nullable(String))')"
    )
    session.query("CREATE DATABASE IF NOT EXISTS b")
    session.query("DROP TABLE IF EXISTS b.calls")
    session.query(
        "CREATE TABLE b.calls ENGINE = Memory AS SELECT timestamp, status, request_id, latency_ms,"
        " model, coalesce(nullIf(code, ''), nullIf(output.code, ''),"
        " if(status >= 400, concat('HTTP ', toString(status)), NULL)) AS fault,"
        " (ifNull(status, 0) >= 400 OR ifNull(code, '') <> '' OR ifNull(output.task_status, '')"
        f" IN {FAILED}) AS failed FROM {source} WHERE status IS NOT NULL"
        " SETTINGS input_format_skip_unknown_fields = 1, input_format_allow_errors_ratio = 1,"
        " input_format_null_as_default = 1, max_threads = 2"
    )
    ask = {name: text.replace("calls", "b.calls") for name, text in SQL.items()}
    ask["codes"] = "SELECT fault, count() FROM b.calls WHERE failed GROUP BY fault"
    ask["latency"] = (
        "SELECT model, quantileExactLow(0.5)(latency_ms), quantileExact(0.99)(latency_ms)"
        " FROM b.calls WHERE model IS NOT NULL AND latency_ms IS NOT NULL GROUP BY model"
    )
    rows = {}
    for name, query in ask.items():
        text = str(session.query(query, "JSONCompactEachRow"))
        rows[name] = [json.loads(line) for line in text.splitlines() if line]
    # 64-bit counts come as text.
    return {name: [[row[0], *map(float, row[1:])] for row in list_] for name, list_ in rows.items()}


def polars(log):
    import polars as pl

    calls = (
        pl.scan_ndjson(
            log,
            ignore_errors=True,
            schema={
                "timestamp": pl.String,
                "status": pl.Int64,
                "code": pl.String,
                "request_id": pl.String,
                "latency_ms": pl.Float64,
                "model": pl.String,
                "output": pl.Struct({"code": pl.String, "task_status": pl.String}),
            },
        )
        .filter(pl.col("status").is_not_null())
        .with_columns(
            own=pl.col("code").replace("", None),
            inner=pl.col("output").struct.field("code").replace("", None),
            task=pl.col("output").struct.field("task_status"),
        )
        .with_columns(
            fault=pl.coalesce(
                "own",
                "inner",
                pl.when(pl.col("status") >= 400).then(pl.format("HTTP {}", pl.col("status"))),
            ),
            failed=(pl.col("status") >= 400)
            | pl.col("own").is_not_null()
            | pl.col("task").is_in(["FAILED", "CANCELED", "UNKNOWN"]).fill_null(False),
        )
    )
    failed = calls.filter("failed")
    codes = failed.group_by("fault").len()
    minutes = (
        calls.filter((pl.col("status") == 429) & pl.col("timestamp").is_not_null())
        .group_by(pl.col("timestamp").str.slice(0, 16))
        .len()
    )
    ids = (
        failed.filter(pl.col("request_id").is_not_null())
        .group_by("request_id")
        .len()
        .sort(["len", "request_id"], descending=[True, False])
        .head(20)
    )
    models = (
        calls.filter(pl.col("model").is_not_null() & pl.col("latency_ms").is_not_null())
        .group_by("model")
        .agg(
            # Nearest rank: the ceil(p n)-th of n.
            pl.col("latency_ms").sort().get((pl.len() * 0.5).ceil().cast(pl.Int64) - 1).alias("p50"),
            pl.col("latency_ms").sort().get((pl.len() * 0.99).ceil().cast(pl.Int64) - 1).alias("p99"),
        )
    )
    names = ["codes", "minutes_429", "top_ids", "latency"]
    frames = pl.collect_all([codes, minutes, ids, models])
    return {name: frame.rows() for name, frame in zip(names, frames)}


if __name__ == "__main__":
    tool, log = sys.argv[1:]
    print(json.dumps({"duckdb": duckdb, "clickhouse": clickhouse, "polars": polars}[tool](log)))
