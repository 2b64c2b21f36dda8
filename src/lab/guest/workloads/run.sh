#!/bin/sh
# Runs the workloads that the kernel's command line names, one after the other, then leaves what only commands
# can tell (sockets, addresses) where the recorder finds it.
set -u
modprobe -q qemu_fw_cfg || echo "ow: note: no qemu_fw_cfg"
for work in $(echo "$OW_WORK" | tr , ' '); do
  echo "ow: workload $work starts"
  if ! sh "/otherworld/workloads/$work.sh" </dev/null; then
    echo "ow: workload $work FAILED"
    exit 1
  fi
  echo "ow: workload $work ready"
done
out=/run/otherworld
ss -anpmie >$out/ss 2>/dev/null
ip addr >$out/ip-addr
ip route show table all >$out/ip-route
exit 0
