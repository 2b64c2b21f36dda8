#!/bin/sh
# After a resurrection: types on in the terminals of the workload `editors`, saves, and shows what is in the files. Who
# typed before the panic finds every character.
set -u
export TERM=screen HOME=/root
keys() {
  tmux send-keys -t "$@" || echo "tmux: no session $1"
}
wait_for() { # FILE TEXT
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    grep -q -s "$2" "$1" && return 0
    sleep 0.5
  done
  echo "missing in $1: $2"
  return 1
}
sleep 2 # the lab takes its image of the memory meanwhile
failed=0
cd /root/work || exit 1
keys vi Escape 'o' 'And these after the resurrection (vi).' Escape ':wq' Enter
keys joe ' And these after the resurrection (joe).' C-k x
wait_for letter.txt 'after the resurrection (vi)' || failed=1
wait_for program.c 'after the resurrection (joe)' || failed=1
for text in 'These words were typed and never saved (vi).' 'A second line.' 'And these after the resurrection (vi).'; do
  grep -c -x -F "$text" letter.txt | grep -q -x 1 || { echo "letter.txt: not once: $text"; failed=1; }
done
[ "$(grep -c '^line [0-9]* of a file' letter.txt)" = 400 ] || { echo "letter.txt: lines of the old file are missing"; failed=1; }
grep -q -F 'These words were typed and never saved (joe). And these after the resurrection (joe).' program.c ||
  { echo "program.c: not what was typed"; failed=1; }
# The shell: half a line was typed to its cat, and a variable set.
keys shell 'ne' Enter C-d 'echo "$UNSAVED" >/tmp/shell; pwd >>/tmp/shell; jobs >>/tmp/shell' Enter
wait_for /tmp/shell 'Running' || failed=1
grep -q -x 'a shell variable' /tmp/shell || { echo "shell: its variable is gone"; failed=1; }
tmux capture-pane -p -t shell | grep -q -x 'half a line' || { echo "shell: what was half typed is gone"; failed=1; }
tmux capture-pane -p -t less | grep -q -x '150: a page that somebody was reading' || { echo "less: another page"; failed=1; }
echo "letter.txt:"
sed -n '8,14p' letter.txt
echo "program.c:"
cat program.c
exit $failed
