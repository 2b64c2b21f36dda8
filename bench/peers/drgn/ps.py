# Every task: what `ow-inspect ps -T` shows, as a drgn user would write it.

from drgn.helpers.linux.pid import for_each_task
from drgn.helpers.linux.sched import task_state_to_char

for task in for_each_task(prog):
    pid, tgid, ppid = task.pid.value_(), task.tgid.value_(), task.real_parent.tgid.value_()
    print(pid, tgid, ppid, task_state_to_char(task), task.comm.string_().decode("latin-1"))
