"""Handlers, signals that are pending, a timer, a wake-up descriptor."""

import os
import signal
import socket

import victim

LATER = [signal.SIGRTMIN + 1, signal.SIGUSR2]


def body():
    caught = []
    wakes, wakened = socket.socketpair()
    for end in (wakes, wakened):
        end.setblocking(False)
    for number in (signal.SIGUSR1, signal.SIGALRM, *LATER):
        signal.signal(number, lambda number, _: caught.append(number))
    signal.set_wakeup_fd(wakened.fileno())
    signal.pthread_sigmask(signal.SIG_BLOCK, LATER)
    signal.setitimer(signal.ITIMER_REAL, 5000, 7)
    os.kill(os.getpid(), signal.SIGUSR1)
    for number in LATER:
        os.kill(os.getpid(), number)
    victim.across()
    if victim.broken(1):
        signal.signal(LATER[0], signal.SIG_IGN)
    if victim.broken(2):
        signal.setitimer(signal.ITIMER_REAL, 0)
    if victim.broken(3):
        signal.set_wakeup_fd(-1)
    victim.check_is("signals caught before", caught, [signal.SIGUSR1])
    victim.check_is("pending", signal.sigpending(), set(LATER))
    left, interval = signal.getitimer(signal.ITIMER_REAL)
    victim.check(3000 < left <= 5000 and interval == 7, f"timer: {left} and {interval}")
    signal.pthread_sigmask(signal.SIG_UNBLOCK, LATER)
    os.kill(os.getpid(), signal.SIGUSR1)
    victim.check_is("signals caught", sorted(caught[1:]), sorted([*LATER, signal.SIGUSR1]))
    told = sorted(wakes.recv(100))
    victim.check_is("told by descriptor", told, sorted([signal.SIGUSR1, signal.SIGUSR1, *LATER]))


victim.run(body)
