"""Memory, a lock, an event and a queue that it shares with processes of its own."""

import mmap
import multiprocessing
import os
from multiprocessing import shared_memory

import victim

context = multiprocessing.get_context("fork")


def work(number, shared, value, go, answers, block):
    for step in range(2):
        go[step].wait()
        with value.get_lock():
            value.value += number
        shared[number] += step + 1
        block.buf[number] = block.buf[number] + 1
        answers.put((step, number))


def collect(answers):
    return sorted(answers.get(timeout=victim.patience) for _ in range(3))


def body():
    shared, value = mmap.mmap(-1, 8192), context.Value("i", 100)
    go, answers = [context.Event(), context.Event()], context.Queue()
    block = shared_memory.SharedMemory(create=True, size=5000)
    block.buf[:10] = bytes(range(10))
    arguments = (shared, value, go, answers, block)
    workers = [context.Process(target=work, args=(n, *arguments), daemon=True) for n in (1, 2, 3)]
    for worker in workers:
        worker.start()
    go[0].set()
    heard = collect(answers)
    victim.across()
    if victim.broken(1):
        shared[2] = 0
    if victim.broken(2):
        value.value += 1
    if victim.broken(3):
        block.buf[9] = 0
    go[1].set()
    heard += collect(answers)
    for worker in workers:
        worker.join(victim.patience)
    victim.check_is("answers", heard, [(step, n) for step in (0, 1) for n in (1, 2, 3)])
    victim.check_is("sum in shared memory", value.value, 112)
    victim.check_is("bytes of shared memory", shared[:5], bytes([0, 3, 3, 3, 0]))
    victim.check_is("bytes of named memory", bytes(block.buf[:10]), bytes([0, 3, 4, 5, 4, 5, 6, 7, 8, 9]))
    victim.check_is("exit codes", [worker.exitcode for worker in workers], [0, 0, 0])
    again = shared_memory.SharedMemory(block.name)
    victim.check_is("the same by name", bytes(again.buf[:10]), bytes(block.buf[:10]))
    again.close()
    block.close()
    block.unlink()
    victim.check(not os.path.exists(f"/dev/shm/{block.name}"), "its name is still there")


victim.run(body)
