"""An event loop: connections, timers, tasks that wait for one another, a signal."""

import asyncio
import os
import signal
import time

import victim


async def serve(reader, writer):
    count = 0
    while line := await reader.readline():
        count += 1
        writer.write(b"%d %s" % (count, line))
        await writer.drain()
    writer.close()


async def ask(connection, text):
    reader, writer = connection
    writer.write(text.encode() + b"\n")
    return (await asyncio.wait_for(reader.readline(), victim.patience)).decode().strip()


async def tick(ticks):
    while True:
        ticks.append(time.monotonic())
        await asyncio.sleep(0.2)


async def loop():
    loop, woken, ticks = asyncio.get_running_loop(), asyncio.Event(), []
    path = f"\0{victim.name}-{os.getpid()}"
    server = await asyncio.start_unix_server(serve, path)
    connection = await asyncio.open_unix_connection(path)
    loop.add_signal_handler(signal.SIGUSR1, woken.set)
    ticker = asyncio.create_task(tick(ticks))
    waiter = asyncio.create_task(woken.wait())
    hour = loop.call_later(3600, ticks.append, 0)
    answers = [await ask(connection, "before")]
    victim.ready()
    while not victim.after():
        await asyncio.sleep(victim.poll)
    if victim.broken(1):
        ticker.cancel()
    if victim.broken(2):
        loop.remove_signal_handler(signal.SIGUSR1)
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    if victim.broken(3):
        await ask(connection, "more")
    had = len(ticks)
    answers += [await ask(connection, "after"), await ask(await asyncio.open_unix_connection(path), "new")]
    victim.check_is("answers", answers, ["1 before", "2 after", "1 new"])
    victim.check(not waiter.done(), "a task has not waited")
    os.kill(os.getpid(), signal.SIGUSR1)
    victim.check(await asyncio.wait_for(waiter, victim.patience), "not woken by a signal")
    for _ in range(victim.patience * 10):
        if len(ticks) > had + 1:
            break
        await asyncio.sleep(0.1)
    victim.check(len(ticks) > had + 1, "a task that sleeps again and again has stopped")
    victim.check(ticks == sorted(ticks), "the clock has gone back")
    victim.check(0 < hour.when() - loop.time() <= 3600, "a timer for later is due")
    server.close()
    victim.verdict()


victim.run(lambda: asyncio.run(loop()))
