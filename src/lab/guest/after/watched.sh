#!/bin/sh
# After a resurrection under a kernel that watches itself: what the workload has to be run afterwards, and then what only shows
# when it is asked for. What the kernel finds, it tells on its console.
set -u
here=/otherworld/after

work=editors
[ ! -d /root/victims ] || work=victims
$here/$work.sh
code=$?

# Objects that were written to out of their bounds, or when they were free (slub_debug=).
caches=0
for each in /sys/kernel/slab/*/validate; do
  if echo 1 >"$each" 2>/dev/null; then caches=$((caches + 1)); fi
done
echo "watched: $caches slab caches were checked"

# Memory that nobody has a pointer to. What was young at the first scan is looked at again.
mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null
leaks=/sys/kernel/debug/kmemleak
if [ -e $leaks ]; then
  echo scan >$leaks
  sleep 6
  echo scan >$leaks
  sed 's/^/leak: /' $leaks
  echo "watched: $(grep -c '^unreferenced object' $leaks) leaks"
fi
if [ -e /proc/lockdep_stats ]; then
  grep -E 'lock-classes|debug_locks' /proc/lockdep_stats | sed 's/^/watched: lockdep:/'
fi
echo "watched: taint $(cat /proc/sys/kernel/tainted)"
exit $code
