"""Seconds, CPU seconds and memory of each stage: `python -m benchmarks.study [CHECKOUT ...]`.

Runs `dvc repro -f` in each checkout (by default this one), one after the other, each with the interpreter of its own
.venv. DVC starts the stages through a script named `python`, which measures them. Two versions side by side:

    git worktree add ../before v0.1 && make -C ../before .venv
    python -m benchmarks.study ../before .
"""

import json
import os
import tempfile
from collections import defaultdict
from pathlib import Path

from benchmarks.measure import ROOT, Cost, argument_parser, machine, print_header, print_row, run

# Stands for `python`: runs it, and appends the module and its cost to a file.
SHIM = """#!{python}
import json, os, sys, time
started = time.perf_counter()
child = os.posix_spawn({python!r}, [{python!r}, *sys.argv[1:]], os.environ)
_, status, usage = os.wait4(child, 0)
cost = [time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e9]
with open({log!r}, "a") as file:
    file.write(json.dumps([sys.argv[-1], *cost]) + "\\n")
sys.exit(os.waitstatus_to_exitcode(status))
"""


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("checkouts", nargs="*", type=Path, default=[ROOT], help="folders with a .venv of their own")
    checkouts = [path.resolve() for path in parser.parse_args().checkouts]
    print(f"{machine()}")
    for checkout in checkouts:
        stages, whole = repro(checkout)
        print(f"\n{checkout.name}\n")
        print_header("stage", "s", "CPU s", "GB")
        for name, cost in {**stages, "dvc repro -f": whole}.items():
            print_row(name, f"{cost.wall:.1f}", f"{cost.cpu:.1f}", f"{cost.peak:.2f}")


def repro(checkout: Path) -> tuple[dict[str, Cost], Cost]:
    """Run the whole study; returns the cost of each stage, all variants together, and that of the whole."""
    stages: defaultdict[str, Cost] = defaultdict(lambda: Cost(0, 0, 0))
    with tempfile.TemporaryDirectory() as name:
        log, shim, programs = Path(name, "costs"), Path(name, "python"), checkout / ".venv/bin"
        shim.write_text(SHIM.format(python=str(programs / "python"), log=str(log)))
        shim.chmod(0o755)
        path = os.pathsep.join([name, str(programs), os.environ["PATH"]])
        whole, _ = run(["-m", "dvc", "repro", "-f"], checkout, PATH=path)
        for line in log.read_text().splitlines():
            module, wall, cpu, peak = json.loads(line)
            stage, before = module.removeprefix("stages."), stages[module.removeprefix("stages.")]
            stages[stage] = Cost(before.wall + wall, before.cpu + cpu, max(before.peak, peak))
    return dict(stages), whole


if __name__ == "__main__":
    main()
