#!/bin/sh
# After a resurrection: tells the victims that it is over, and what each found.
set -u
sleep 2 # the lab takes its image of the memory meanwhile
: >/otherworld/after/now
exec /otherworld/bin/victims report /root/victims --timeout 180
