# All checks, as CI runs them
ci:
    .ci/run

# Tests with the truth of larger logs (200,000 lines a profile)
truth:
    DSLOG_TRUTH_LINES=200000 cargo test --release --test truth

# Benchmarks of the scanner
bench:
    cargo bench --bench scan

# Rewrite generated fixtures and docs/errors.md
bless:
    DSLOG_BLESS=1 cargo test --lib generate::fixtures
    DSLOG_BLESS=1 cargo test --test catalog_docs
    DSLOG_BLESS=1 cargo test --test readme
