"""Programs that it has started, with pipes to them; one ends by itself meanwhile, one is waited for, one is terminated."""

import signal
import subprocess
import sys

import victim

ECHO = "n=0; while read line; do n=$((n + 1)); echo $n $line; done; echo end >&2; exit 5"
DEAF = "import sys, time\nprint('here', flush=True)\nwhile True: time.sleep(1000)"


def ask(process, text):
    process.stdin.write(f"{text}\n")
    process.stdin.flush()
    return process.stdout.readline()


def body():
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    shell = subprocess.Popen(["sh", "-c", ECHO], **pipes)
    deaf = subprocess.Popen([sys.executable, "-S", "-c", DEAF], **pipes)
    ended = subprocess.Popen(["sh", "-c", "echo last words; exit 9"], **pipes)
    answers = [ask(shell, "one"), deaf.stdout.readline()]
    victim.across()
    if victim.broken(1):
        deaf.kill()
        deaf.wait()
    if victim.broken(2):
        ask(shell, "more")
    victim.check_is("state of those that run", [shell.poll(), deaf.poll()], [None, None])
    answers.append(ask(shell, "two"))
    victim.check_is("answers", answers, ["1 one\n", "here\n", "2 two\n"])
    victim.check_is("rest", shell.communicate("three\n", timeout=victim.patience), ("3 three\n", "end\n"))
    victim.check_is("exit code of the shell", shell.returncode, 5)
    victim.check_is("last words", ended.communicate(timeout=victim.patience), ("last words\n", ""))
    victim.check_is("exit code of the one that had ended", ended.returncode, 9)
    deaf.terminate()
    victim.check_is("exit code of the one terminated", deaf.wait(victim.patience), -signal.SIGTERM)


victim.run(body)
