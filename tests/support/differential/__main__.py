"""New seeds by hand: `python -m tests.support.differential --seed 7 --events 8`; every disagreement is a bug."""

from __future__ import annotations

import argparse
import os
import sys

from tests.support.differential.run import run
from tests.support.fresh_database import CLUSTER


def main() -> int:
    """Run, print what was met and where the three disagreed; 1 if they did."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.differential", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the first seed (default 1)")
    parser.add_argument("--events", type=int, default=8, help="events per seed, 1,250 cases each (default 8)")
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds one after the other (default 1)")
    parser.add_argument("--postgres", action="store_true", help="the server on PostgreSQL, by packaging/with-postgres")
    asked = parser.parse_args()
    cluster = os.environ.get(CLUSTER, "") if asked.postgres else ""
    if asked.postgres and not cluster:
        parser.error("--postgres: no cluster; run packaging/with-postgres python -m tests.support.differential ...")
    tally = None
    for seed in range(asked.seed, asked.seed + asked.seeds):
        tally = run(seed, asked.events, tally, cluster)
        sys.stdout.write(f"seed {seed}: {tally.cases} cases, {len(tally.disagreements)} disagreements\n")
    if tally is None:
        return 0
    for name, counts in (("reasons", tally.reasons), ("found", tally.found), ("rules", tally.rules)):
        sys.stdout.write(f"{name}: " + ", ".join(f"{key} {n}" for key, n in sorted(counts.items())) + "\n")
    for one in tally.disagreements:
        sys.stdout.write(one + "\n")
    return 1 if tally.disagreements else 0


if __name__ == "__main__":
    sys.exit(main())
