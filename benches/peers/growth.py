"""How time and memory grow with size, threads and the number of files. See benches/growth.sh."""

import argparse
import os
import shutil

import measure

HERE = os.path.dirname(os.path.abspath(__file__))
DOC = os.path.join(HERE, "..", "..", "docs", "performance.md")


def split(log, folder, files):
    """The log's lines in that many files of about the same size."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    share = os.path.getsize(log) / files
    with open(log, "rb") as lines:
        done = 0
        for n in range(files):
            with open(os.path.join(folder, f"{n:05}.jsonl"), "wb") as part:
                while done < (n + 1) * share:
                    line = lines.readline()
                    if not line:
                        break
                    part.write(line)
                    done += len(line)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dslog", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--gb", default="0.2,2,20")
    parser.add_argument("--files", default="1,100,10000")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-doc", action="store_true")
    args = parser.parse_args()

    def analyze(path, threads=2):
        return [args.dslog, "analyze", path, "--format", "json", "--threads", str(threads)]

    sizes = [float(size) for size in args.gb.split(",")]
    rows, first, kept = [], None, None
    for size in sizes:
        log = os.path.join(args.work, f"growth-{size:g}.jsonl")
        free = shutil.disk_usage(args.work).free
        if size * 1e9 * 1.2 > free:
            rows.append([f"{size:g} GB", "not run", f"{free / 1e9:.0f} GB of disk are free", "", ""])
            continue
        measure.generate(args.dslog, "typical", size * 1e9, log)
        measure.warm(log)
        commands = {threads: analyze(log, threads) for threads in (1, 2, 8)}
        runs = measure.in_turns(commands, args.rounds)
        for threads in (1, 2, 8):
            rate = measure.seconds(runs[threads]) / os.path.getsize(log) * 1e9
            if threads == 2 and first is None:
                first = rate
            linear = f"{rate / first:.2f}" if threads == 2 else ""
            rows.append([
                f"{size:g} GB", str(threads), f"{measure.seconds(runs[threads]):.3f} s",
                f"{rate:.3f} s/GB", linear, f"{measure.peak_mib(runs[threads]):.0f} MiB",
            ])
        if kept is None:
            kept = log
        else:
            for path in (log, log + ".truth", log + ".stamp"):
                os.remove(path)
    sizes_table = measure.table(
        rows, ["size", "threads", "time", "a GB", "to the smallest", "peak memory"]
    )

    rows = []
    folders = {}
    for files in (int(n) for n in args.files.split(",")):
        folder = os.path.join(args.work, f"growth-{files}-files")
        split(kept, folder, files)
        folders[files] = folder
    runs = measure.in_turns({n: analyze(folder) for n, folder in folders.items()}, args.rounds)
    base = runs[min(folders)]
    for files, mine in runs.items():
        rows.append([
            f"{files:,}", f"{measure.seconds(mine):.3f} s", f"{measure.ratio(mine, base):.2f}",
            f"{measure.peak_mib(mine):.0f} MiB",
        ])
    for folder in folders.values():
        shutil.rmtree(folder)
    for path in (kept, kept + ".truth", kept + ".stamp"):
        os.remove(path)
    files_table = measure.table(rows, ["files", "time", "to one file", "peak memory"])

    text = "\n\n".join([
        f"{measure.machine()}. {measure.version([args.dslog, '--version'])}, `typical` logs in the page"
        f" cache, medians of {args.rounds} rounds in turns.",
        sizes_table,
        f"The {sizes[0]:g} GB log in many files, 2 threads:\n\n" + files_table,
    ])
    print(text)
    if not args.no_doc:
        measure.write_between(DOC, "growth", text)


if __name__ == "__main__":
    main()
