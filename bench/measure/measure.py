"""Runs one command to its end and tells what the kernel accounts to it.

usage: measure.py SPEC, where SPEC is JSON:
  {"argv": [...], "joinFiles": ["/sys/fs/cgroup/.../cgroup.procs", ...], "timeoutSeconds": 60}

The command takes this process's environment and standard streams. File descriptor 3 receives one line of JSON:
  exitCode (negative: minus the signal that ended it), timedOut, wallSeconds (from the fork to the last wait),
  cpuSeconds (user and system time of the command and of every descendant that was waited for),
  peakRssBytes (of the largest single process among those).

A process starts with the peak of the one that forked it: no peak reads below this script's own, some 10 MB.
"""

import json
import os
import signal
import sys
import time


def main() -> None:
    spec = json.loads(sys.argv[1])
    os.set_inheritable(3, False)
    started = time.monotonic_ns()
    child = os.fork()
    if child == 0:
        become(spec)
    timed_out = guard(child, spec["timeoutSeconds"])
    _, status, usage = os.wait4(child, 0)
    wall_seconds = (time.monotonic_ns() - started) / 1e9
    signal.alarm(0)
    end_group(child)
    report = {
        "exitCode": os.waitstatus_to_exitcode(status),
        "timedOut": bool(timed_out),
        "wallSeconds": wall_seconds,
        "cpuSeconds": usage.ru_utime + usage.ru_stime,
        "peakRssBytes": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
    }
    os.write(3, (json.dumps(report) + "\n").encode())


def become(spec: dict) -> None:
    """Turns the forked child into the command, inside the cgroups and a process group of its own."""
    try:
        os.setpgid(0, 0)
        for path in spec["joinFiles"]:
            with open(path, "w", encoding="ascii") as procs:
                procs.write(str(os.getpid()))
        os.execvp(spec["argv"][0], spec["argv"])
    except OSError as error:
        print(f"measure.py: {spec['argv'][0]}: {error}", file=sys.stderr, flush=True)
    os._exit(127)


def guard(child: int, timeout_seconds: int) -> list:
    """Ends the command's whole group when it takes too long, or when this process is told to stop."""
    timed_out: list = []

    def on_signal(number: int, _frame: object) -> None:
        if number == signal.SIGALRM:
            timed_out.append(True)
        end_group(child)

    for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    signal.alarm(timeout_seconds)
    return timed_out


def end_group(child: int) -> None:
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:
        pass
    except PermissionError:  # macOS: a group of zombies
        pass


main()
