"""What a second core is worth: two processes that share nothing, beside one. Two cores may be two threads of one."""

import sys
from subprocess import Popen
from time import perf_counter

from bench.runner import Result

WORK = "total = 0\nfor n in range(20_000_000):\n    total += n * n % 7"
TIMES = 3


def of_cores(cores: int) -> Result:
    """The time that each of so many equal tasks takes when they run at once, by task, beside one alone."""
    alone, together = (min(seconds_for(count) for _ in range(TIMES)) / count for count in (1, cores))
    name = f"each of {cores} tasks at once that share nothing, no database"
    return Result(name, round(together, 3), "s", "one alone", round(alone, 3), ratio_aim=1 / cores)


def seconds_for(count: int) -> float:
    began = perf_counter()
    for task in [Popen([sys.executable, "-c", WORK]) for _ in range(count)]:
        task.wait()
    return perf_counter() - began
