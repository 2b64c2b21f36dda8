#!/bin/sh
# After a resurrection: types on in the terminals of the workload `editors`, saves, and compares every character of the
# files with what was in them, what was typed before the panic, and what is typed now.
set -u
export TERM=screen HOME=/root
work=/root/work
expected=/tmp/expected
passed=0
failed=0

keys() { # SESSION KEY...
  tmux send-keys -t "$@"
}

verdict() { # NAME REASON: an empty one is none
  if [ -z "$2" ]; then
    echo "PASS $1"
    passed=$((passed + 1))
  else
    echo "FAIL $1 $2"
    failed=$((failed + 1))
  fi
}

patiently() { # COMMAND...: until it succeeds, for 20 s
  for _ in $(seq 40); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.5
  done
  return 1
}

same() { # NAME FILE: patiently, the file is what was expected
  patiently cmp -s "$2" $expected
  verdict "$1" "$(cmp "$2" $expected 2>&1)"
}

shows() { # SESSION LINE
  tmux capture-pane -p -t "$1" | grep -q -x -F "$2"
}

on_screen() { # NAME SESSION LINE
  patiently shows "$2" "$3"
  verdict "$1" "$(shows "$2" "$3" || echo "not on its screen: $3")"
}

sleep 2 # the lab takes its image of the memory meanwhile

sessions=$(tmux list-sessions -F '#{session_name}' 2>&1 | sort | tr '\n' ' ')
verdict sessions "$([ "$sessions" = 'joe less shell vi ' ] || echo "there are: $sessions")"

# vi: in insert mode, two lines above the tenth.
on_screen vi-screen vi 'A second line.'
keys vi Escape o 'And these after the resurrection (vi).' Escape ':wq' Enter
{
  seq -f 'line %g of a file that an editor has open' 9
  echo 'These words were typed and never saved (vi).'
  echo 'A second line.'
  echo 'And these after the resurrection (vi).'
  seq -f 'line %g of a file that an editor has open' 10 400
} >$expected
same vi-file $work/letter.txt

# JOE: at the begin of the first line.
keys joe ' And these after the resurrection (joe).' C-k x
typed='These words were typed and never saved (joe). And these after the resurrection (joe).'
printf '%sint main(void)\n{\n\treturn 0;\n}\n' "$typed" >$expected
same joe-file $work/program.c

# less: 42 lines of a page, and the next page.
on_screen less-page less '150: a page that somebody was reading'
keys less Space
on_screen less-next-page less '192: a page that somebody was reading'

# The shell: half a line is in the terminal for its cat; then a variable, a directory and a job of its own.
keys shell ne Enter
on_screen shell-line shell 'half a line'
keys shell C-d
keys shell 'echo "$UNSAVED" >/tmp/shell; pwd >>/tmp/shell; jobs >/tmp/jobs; echo written >>/tmp/shell' Enter
printf 'a shell variable\n/tmp\nwritten\n' >$expected
same shell-state /tmp/shell
verdict shell-job "$(grep -q 'Running *sleep 100000' /tmp/jobs || echo "its jobs: $(cat /tmp/jobs 2>&1)")"

echo "$passed passed, $failed failed"
[ $failed = 0 ]
