// A plan without what another kernel gives anew whatever is restored: numbers of devices, inode numbers that only one kernel
// knows, how VMAs that are alike are cut, bits that tell of bookkeeping. Two plans of the same processes are then alike.

import type { Plan } from '../abi/plan.js';
import { INODE_FLAG } from '../abi/records/files.js';
import type { Credentials } from '../abi/records/identity.js';
import { VMA_KIND, type Vma } from '../abi/records/memory.js';
import { PROCESS_STATE, type Process } from '../abi/records/processes.js';

/**
 * VM_SOFTDIRTY: written since somebody asked; VM_ACCOUNT: counted against the overcommit limit (include/linux/mm.h). 0x800: until
 * 5.15 VM_DENYWRITE, which execve(2) had set and mmap(2) cannot (8d0920bde5eb); in the newest kernels that guards may be there.
 */
const BOOKKEEPING = 0x0800_0000n | 0x0010_0000n | 0x800n;
/** __FMODE_EXEC (include/linux/fs.h): execve(2) opened it, the program or its interpreter. Nobody sees it. */
const FMODE_EXEC = 0o40;
/** VM_READ, VM_WRITE, VM_EXEC: of what the kernel maps itself, all else is its own affair. */
const RIGHTS = 7n;
const KERNELS_OWN: readonly number[] = [VMA_KIND.vdso, VMA_KIND.vvar];
/** Their names say where they are, and their offsets are those of their addresses, or what mremap(2) left. */
const NAMELESS: readonly number[] = [VMA_KIND.anonymous, ...KERNELS_OWN];
/** Their inodes come into being when they are looked up, or when they are mounted. */
const MADE_UP: readonly string[] = [
  ...['proc', 'sysfs', 'devtmpfs', 'devpts', 'tmpfs', 'ramfs', 'cgroup', 'cgroup2', 'mqueue', 'hugetlbfs'],
  ...['debugfs', 'tracefs', 'securityfs', 'bpf', 'nsfs', 'pidfs', 'rootfs'],
];

export function comparable(plan: Plan): Plan {
  const apart = withOwnCredentials(plan.credentials, plan.process.map(leftOver));
  return {
    ...plan,
    credentials: apart.credentials,
    process: apart.process,
    mm: plan.mm.map((mm) => ({ ...mm, vmas: joined(mm.vmas.map(bare)) })),
    file: plan.file.map((file) => ({ ...file, flags: file.flags & ~FMODE_EXEC })),
    mount: plan.mount.map((mount) => ({ ...mount, device: 0 })),
    inode: plan.inode.map((inode) => ({ ...inode, device: 0, inode: isLasting(inode) ? inode.inode : 0n })),
    inotify: plan.inotify.map((each) => ({
      ...each,
      watches: each.watches.map((watch) => ({ ...watch, device: 0 })),
    })),
  };
}

/** Each thread with its own: whether threads share a struct cred hangs on who changed one last, and nobody can tell. */
function withOwnCredentials(
  credentials: readonly Credentials[],
  process: readonly Process[],
): Pick<Plan, 'credentials' | 'process'> {
  const own: Credentials[] = [];
  const copied = (index: number | null): number | null => {
    const cred = index === null ? undefined : credentials[index];
    return cred === undefined ? null : own.push(cred) - 1;
  };
  const apart = process.map((each) => ({
    ...each,
    threads: each.threads.map((thread) => ({ ...thread, credentials: copied(thread.credentials) })),
  }));
  return { credentials: own, process: apart };
}

/** Of a zombie there is nothing but what its parent is told. */
function leftOver(process: Process): Process {
  return process.state === PROCESS_STATE.zombie ? { ...process, threads: [], limits: [] } : process;
}

/** The same but for what is in memory: that is compared by contents, wherever it lies (contents.ts). */
export function withoutPages(plan: Plan): Plan {
  const bared = <T extends { readonly pages: unknown }>(row: T): T => ({ ...row, pages: [] });
  return {
    ...plan,
    mm: plan.mm.map((mm) => ({ ...mm, vmas: mm.vmas.map(bared) })),
    sharedMemory: plan.sharedMemory.map(bared),
    inode: plan.inode.map(bared),
  };
}

/** Whether its number is the same under the next kernel. */
function isLasting({ fileSystem, flags }: Plan['inode'][number]): boolean {
  return (flags & INODE_FLAG.deleted) === 0 && !MADE_UP.includes(fileSystem);
}

function bare(vma: Vma): Vma {
  const { kind, vmFlags, offset } = vma;
  const flags = vmFlags & (KERNELS_OWN.includes(kind) ? RIGHTS : ~BOOKKEEPING);
  return { ...vma, vmFlags: flags, offset: NAMELESS.includes(kind) ? 0 : offset };
}

/** Neighbours that are alike as one: whether they are is a matter of their history. */
function joined(vmas: readonly Vma[]): Vma[] {
  const out: Vma[] = [];
  for (const vma of vmas) {
    const last = out.at(-1);
    if (last !== undefined && goesOn(last, vma)) {
      out[out.length - 1] = {
        ...last,
        end: vma.end,
        pages: [...last.pages, ...vma.pages],
        guards: withNeighbours([...last.guards, ...vma.guards]),
      };
    } else out.push(vma);
  }
  return out;
}

/** What ends where the next begins is one guard. */
function withNeighbours(guards: Vma['guards']): Vma['guards'] {
  const out: Vma['guards'][number][] = [];
  for (const guard of guards) {
    const last = out.at(-1);
    if (last?.end === guard.start) out[out.length - 1] = { start: last.start, end: guard.end };
    else out.push(guard);
  }
  return out;
}

function goesOn(before: Vma, vma: Vma): boolean {
  const { kind, backing, vmFlags, offset } = vma;
  const alike = before.kind === kind && before.backing === backing && before.vmFlags === vmFlags;
  const onward = NAMELESS.includes(kind) || before.offset + (before.end - before.start) === offset;
  return alike && onward && before.end === vma.start;
}
