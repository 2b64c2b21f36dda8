// Terminals (drivers/tty/{tty_io,pty,n_tty,tty_jobctrl}.c).

import { TERMINAL_KIND } from '../../abi/records/files.js';
import type { Invariant } from '../invariant.js';

const N_TTY_BUFFER = 4096;

export const TERMINALS: readonly Invariant[] = [
  {
    name: 'ptys-in-pairs',
    severity: 'error',
    why: 'A pty has two sides that know each other, master and slave, of one number.',
    executor: 'refuses the plan',
    find: ({ plan: { terminal } }, report) => {
      terminal.forEach(({ kind, other, index: number }, index) => {
        const object = `terminal[${index}]`;
        if (kind === TERMINAL_KIND.device) {
          if (other !== null) report(object, 'is no pty, and has another side');
          return;
        }
        const peer = other === null ? undefined : terminal[other];
        if (peer === undefined) report(object, 'is a pty with one side');
        else if (peer.other !== index || peer.kind === kind || peer.kind === TERMINAL_KIND.device) {
          report(object, `and terminal[${other}] are not two sides of one pty`);
        } else if (peer.index !== number)
          report(object, `is number ${number}, and its other side ${peer.index}`);
      });
    },
  },
  {
    name: 'one-master',
    severity: 'error',
    why: 'A pty has one master: numbers of ptys are given once.',
    executor: 'refuses the plan',
    find: ({ plan: { terminal } }, report) => {
      const seen = new Set<number>();
      terminal.forEach(({ kind, index: number }, index) => {
        if (kind !== TERMINAL_KIND.pty_master) return;
        if (seen.has(number)) report(`terminal[${index}]`, `is the second master of pty ${number}`);
        seen.add(number);
      });
    },
  },
  {
    name: 'terminal-input-fits',
    severity: 'error',
    why: "Unread input fits the line discipline's buffer; what can be read, and where lines end, lies within it.",
    executor: 'refuses the plan',
    find: ({ plan: { terminal } }, report) => {
      terminal.forEach(({ input, ready, lineEnds }, index) => {
        const object = `terminal[${index}]`;
        if (input.length > N_TTY_BUFFER) report(object, `has ${input.length} bytes of input`);
        if (ready > input.length) report(object, `has ${ready} bytes ready, of ${input.length}`);
        const ordered = lineEnds.every(({ offset }, at) => offset > (lineEnds[at - 1]?.offset ?? -1));
        if (!ordered || (lineEnds.at(-1)?.offset ?? -1) >= input.length) {
          report(object, 'has ends of lines that are not in its input');
        }
      });
    },
  },
  {
    name: 'controlling-terminals',
    severity: 'error',
    why: 'A process and its controlling terminal are of one session: TIOCSCTTY gives EPERM else.',
    executor: 'leaves the process without a terminal',
    find: ({ plan }, report) => {
      plan.process.forEach(({ terminal, sid }, index) => {
        const session = terminal === null ? undefined : plan.terminal[terminal]?.session;
        if (session !== undefined && session !== sid) {
          report(`process[${index}]`, `is in session ${sid}, and its terminal controls ${session}`);
        }
      });
    },
  },
  {
    name: 'sessions-have-one-terminal',
    severity: 'error',
    why: 'A session has one controlling terminal (the slave side of a pty).',
    executor: 'keeps the first',
    find: ({ plan: { terminal } }, report) => {
      const seen = new Map<number, number>();
      terminal.forEach(({ kind, session }, index) => {
        if (session === 0 || kind === TERMINAL_KIND.pty_master) return;
        const other = seen.get(session);
        if (other !== undefined)
          report(`terminal[${index}]`, `controls session ${session}, as terminal[${other}] does`);
        seen.set(session, index);
      });
    },
  },
  {
    name: 'foreground-in-session',
    severity: 'warning',
    why: "The foreground group of a terminal has a process in the terminal's session: else keys such as ^C reach nobody.",
    executor: "leaves the session leader's group in the foreground",
    find: ({ plan }, report) => {
      plan.terminal.forEach(({ session, foreground, kind }, index) => {
        if (session === 0 || foreground === 0 || kind === TERMINAL_KIND.pty_master) return;
        const member = plan.process.some(({ sid, pgid }) => sid === session && pgid === foreground);
        const known = plan.process.some(({ sid }) => sid === session);
        if (known && !member)
          report(`terminal[${index}]`, `has group ${foreground} in the foreground, with nobody in it`);
      });
    },
  },
];
