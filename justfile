# All checks, as CI runs them
ci:
    .ci/run

# Tests with the truth of larger logs (200,000 lines a profile)
truth:
    DSLOG_TRUTH_LINES=200000 cargo test --release --test truth

# Benchmarks of the scanner and of each stage
bench:
    cargo bench --bench scan --bench pipeline

# The speed gate of CI
gate:
    cargo bench --bench gate --profile dev

# Beside DuckDB, ClickHouse, Polars, jq, angle-grinder and wc; writes docs/performance.md
peers *ARGS:
    benches/peers.sh {{ARGS}}

# Time and memory by size, threads and number of files; writes docs/performance.md
growth *ARGS:
    benches/growth.sh {{ARGS}}

# Half an hour of fuzzing: `just fuzz scan_vs_oracle` (cargo install cargo-fuzz)
fuzz TARGET SECONDS="1800":
    fuzz/seed.sh {{TARGET}}
    cargo fuzz run -s none {{TARGET}} -- -dict=fuzz/dict/jsonl.dict -max_len=4096 -max_total_time={{SECONDS}}

# Rewrite generated fixtures and docs/errors.md
bless:
    DSLOG_BLESS=1 cargo test --lib generate::fixtures
    DSLOG_BLESS=1 cargo test --test catalog_docs
    DSLOG_BLESS=1 cargo test --test readme
