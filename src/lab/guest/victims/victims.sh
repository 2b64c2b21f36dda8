#!/bin/sh
# The self-checking victims: each has set its state up when this ends, and waits for /otherworld/after/now.
set -eu
echo 1 >/proc/sys/vm/nr_hugepages
/otherworld/bin/victims start-all /root/victims
