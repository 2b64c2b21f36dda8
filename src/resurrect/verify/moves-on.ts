// What may differ between a plan and the processes that run by it, because they run: by the path of the field.

/** Facts that a process changes by living, or that the kernel gives anew. */
const MOVES_ON: readonly string[] = [
  // It ran.
  'process.threads.registers',
  'process.threads.fpu',
  'process.threads.xfeatures',
  'process.threads.syscall',
  'process.threads.restart',
  'process.threads.blocked',
  'process.threads.savedMask',
  'process.threads.flags',
  'process.threads.altstackFlags',
  'process.threads.pending',
  'process.pending',
  'process.intervalTimers',
  'process.posixTimers',
  'process.userTime',
  'process.systemTime',
  'mm.vmas.pages',
  'sharedMemory.pages',
  'sharedMemory.times',
  'inode.pages',
  'inode.times',
  'inode.bytes',
  'file.position',
  'pipe.buffers',
  'eventfd.count',
  'timerfd',
  'inotify.events',
  'terminal.input',
  'terminal.received',
  'terminal.ready',
  'terminal.lineEnds',
  'terminal.packetStatus',
  'terminal.foreground',
  'socket.queue',
  'socket.pending',
  'socket.tcp',
  'messageQueue.messages',
  'messageQueue.notification',
  'messageQueue.lastSender',
  'messageQueue.lastReceiver',
  'semaphoreSet.semaphores',
  'step',
  'refusal',
  'writeback',
  // Another kernel gives other numbers.
  'header',
  'ramRange',
  'reservation',
  'identityPage',
  'swapArea',
  'storedPage',
  'namespace',
  // What is in a tmpfs is everybody's.
  'mount.entries',
  // Where a crash kernel has fewer CPUs.
  'process.threads.cpusAllowed',
  'process.ids.namespace',
  'process.threads.namespaces',
  'process.startTime',
  'process.threads.startTime',
  'process.cgroups',
  'process.reason',
  'process.because',
  'process.verdict',
  'process.crashBits',
  'mm.vmas.name',
  'file.references',
  'file.path',
  'pipe.inode',
  'socket.inode',
  // Of whoever made it again.
  'socket.peerPid',
  'shmSegment.creatorPid',
  'sharedMemory.inode',
  'sharedMemory.device',
  'sharedMemory.name',
  'shmSegment.ipcId',
  'inode.device',
  'inode.links',
];

/** `path`: kind and field, `process.threads.nice`. */
export function movesOn(path: string): boolean {
  return MOVES_ON.some((prefix) => path === prefix || path.startsWith(`${prefix}.`) || wordsOf(prefix, path));
}

/** `process.threads.fpu` takes in `fpuFormat`: a field of that beginning. */
function wordsOf(prefix: string, path: string): boolean {
  return path.startsWith(prefix) && /^[A-Z]/.test(path.slice(prefix.length));
}
