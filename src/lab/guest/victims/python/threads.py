"""Threads that wait for a queue, a lock, a condition and a barrier; what is local to each."""

import queue
import threading

import victim

WORKERS = 4


class State:
    jobs, results = queue.Queue(), queue.Queue()
    lock, told = threading.Lock(), threading.Condition()
    barrier = threading.Barrier(2)
    words = []
    local = threading.local()


def work(number):
    State.local.sum = number
    while (job := State.jobs.get()) is not None:
        State.local.sum += job
        State.results.put((number, threading.current_thread().name))
    State.results.put(State.local.sum)


def want_lock():
    with State.lock:
        State.words.append("lock")


def want_word():
    with State.told:
        State.told.wait_for(lambda: "go" in State.words)
        State.words.append("heard")


def meet():
    State.words.append(f"met {State.barrier.wait() >= 0}")


def body():
    State.lock.acquire()
    workers = [threading.Thread(target=work, args=(n * 1000,), name=f"worker {n}") for n in range(WORKERS)]
    others = [threading.Thread(target=each) for each in (want_lock, want_word, meet)]
    for thread in workers + others:
        thread.start()
    for job in range(100):
        State.jobs.put(job)
    before = [State.results.get() for _ in range(100)]
    victim.across()
    if victim.broken(1):
        State.words.append("early")
    victim.check(not State.words, f"somebody did not wait: {State.words}")
    for job in range(100, 200):
        State.jobs.put(job)
    names = before + [State.results.get(timeout=victim.patience) for _ in range(100)]
    victim.check(all(pair[1] == f"worker {pair[0] // 1000}" for pair in names), "a worker is another one")
    for _ in workers:
        State.jobs.put(None)
    for thread in workers:
        thread.join(victim.patience)
    sums = [State.results.get(timeout=victim.patience) for _ in workers]
    victim.check_is("sum of what the threads added up", sum(sums), sum(range(200)) + 1000 * sum(range(WORKERS)))
    if not victim.broken(2):
        State.lock.release()
    others[0].join(victim.patience)
    with State.told:
        State.words.append("go")
        State.told.notify_all()
    others[1].join(victim.patience)
    State.barrier.wait(victim.patience)
    others[2].join(victim.patience)
    victim.check_is("what those who waited did", State.words, ["lock", "go", "heard", "met True"])


victim.run(body)
