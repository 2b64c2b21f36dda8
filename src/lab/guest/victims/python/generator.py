"""A generator in the middle of a file, and a child with one of its own, whom it talks to."""

import os
import socket

import victim

LINES = 3000


def lines_of(path):
    with open(path) as file:
        for number, line in enumerate(file):
            yield number, int(line)


def sums():
    total = 0
    while True:
        total += yield total


def serve(connection):
    total = sums()
    next(total)
    while message := connection.recv(100):
        connection.send(b"%d" % total.send(int(message)))
    os._exit(0)


def ask(connection, number):
    connection.send(b"%d" % number)
    return int(connection.recv(100))


def body():
    path = victim.work_file("lines", b"".join(b"%d\n" % (n * n) for n in range(LINES)))
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if pid == 0:
        ours.close()
        serve(theirs)
    theirs.close()
    lines = lines_of(path)
    read = [next(lines) for _ in range(LINES // 3)]
    asked = [ask(ours, n) for n in (1, 2, 3)]
    victim.across()
    if victim.broken(1):
        next(lines)
    if victim.broken(2):
        ask(ours, 1)
    read += list(lines)
    victim.check(read == [(n, n * n) for n in range(LINES)], "lines are missing, or come twice")
    asked += [ask(ours, n) for n in (4, 5)]
    victim.check_is("sums that the child made", asked, [1, 3, 6, 10, 15])
    ours.close()
    victim.check_is("end of the child", os.waitpid(pid, 0), (pid, 0))


victim.run(body)
