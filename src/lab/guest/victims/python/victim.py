"""The life of a victim in Python, as frame.c and check.c have it: ready, after, verdict; and ways to break what it checks."""

import os
import sys
import time
import traceback

name, directory = sys.argv[1:3]
_marker = os.environ.get("VICTIMS_AFTER", "/otherworld/after/now")
_round = int(os.environ.get("VICTIMS_BREAK", "0"))
poll = int(os.environ.get("VICTIMS_POLL", "1000")) / 1000  # seconds
patience = 1 if _round else 60  # seconds that what should happen afterwards at once may take
reasons = []
_broke = False


def ready():
    with open(f"{directory}/{name}.ready", "w") as file:
        file.write("ready\n")


def after():
    return os.path.exists(_marker)


def across():
    ready()
    while not after():
        time.sleep(poll)


def broken(way):
    """Whether the state is to be disturbed now; the ways count from 1."""
    global _broke
    _broke |= way == _round
    return way == _round


def check(good, reason):
    if not good:
        reasons.append(reason)


def check_is(what, found, expected):
    check(found == expected, f"{what}: {found!r}, not {expected!r}")


def work_path(suffix):
    return f"{directory}/work/{name}.{suffix}"


def work_file(suffix, contents):
    """A new file, on the disk; its path."""
    with open(work_path(suffix), "wb") as file:
        file.write(contents)
        file.flush()
        if "VICTIMS_NO_SYNC" not in os.environ:
            os.fsync(file.fileno())
    return work_path(suffix)


def verdict():
    if reasons:
        line = "FAIL " + "; ".join(reasons).replace("\n", " ")
    else:
        line = "NONE" if _round and not _broke else "PASS"
    result = os.open(f"{directory}/{name}.result", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_SYNC, 0o644)
    os.write(result, f"{line}\n".encode())
    os._exit(1 if reasons else 0)


def run(body):
    """Sets up, waits, checks; what it throws is a reason."""
    try:
        body()
    except Exception as error:
        mine = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == sys.argv[0]]
        reasons.append(f"line {mine[-1]}: {error!r}")
    verdict()
