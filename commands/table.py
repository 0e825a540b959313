"""python -m commands.table: the joint table of all systems as Markdown, with 95 % intervals.

Needs reports/metrics/, as `dvc repro metrics` leaves it; a system that is not there is left out.
"""

import argparse

from stages.common.entry import tool
from stages.common.errors import UserError
from stages.metrics.joint_table import joint, markdown
from stages.metrics.tables import SYSTEMS, details_file, load_details, load_metrics, metrics_file


def main() -> int:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    systems = [name for name in SYSTEMS if metrics_file(name).exists()]
    if not systems:
        raise UserError("reports/metrics: no system has been scored yet; `dvc repro metrics` scores them all")
    details = {name: load_details(name) for name in systems if details_file(name).exists()}
    print(markdown(joint({name: load_metrics(name) for name in systems}, details=details)))
    return 0


if __name__ == "__main__":
    tool(main)
