#!/bin/sh
# tmux with vi, JOE and less, each with work in it that was never saved. Detached: nothing redraws by itself.
set -eu
export TERM=screen
dir=/root/work
mkdir -p $dir
seq -f 'line %g of a file that an editor has open' 400 >$dir/letter.txt
seq -f '%g: a page that somebody was reading' 2000 >$dir/manual.txt
printf 'int main(void)\n{\n\treturn 0;\n}\n' >$dir/program.c
printf 'set -g status off\nset -g default-command sh\n' >/root/.tmux.conf

tmux new-session -d -s vi -x 80 -y 24 -c $dir 'vi letter.txt'
tmux new-session -d -s joe -x 100 -y 30 -c $dir 'joe program.c'
tmux new-session -d -s less -x 132 -y 43 -c $dir 'less manual.txt'
tmux new-session -d -s shell -x 80 -y 24 -c $dir 'sh'
sleep 3
tmux send-keys -t vi Escape 10G O 'These words were typed and never saved (vi).' Enter 'A second line.'
tmux send-keys -t joe 'These words were typed and never saved (joe).'
tmux send-keys -t less 150g
tmux send-keys -t shell 'UNSAVED="a shell variable"' Enter 'cd /tmp' Enter 'sleep 100000 &' Enter 'cat' Enter 'half a li'
sleep 2
tmux capture-pane -p -t vi | grep -q 'never saved (vi)'
tmux capture-pane -p -t joe | grep -q 'never saved (joe)'
