"""A station that has a judging process and is then killed: prints the child's number."""

import sys
from pathlib import Path

import judging_children as children
from scripted_station import recipe

from station.judging_process import JudgingProcess

if __name__ == "__main__":
    log = Path(sys.argv[1])
    print(JudgingProcess(recipe(), "auto", log, serve=children.serve).pid, flush=True)
    sys.stdin.read()
