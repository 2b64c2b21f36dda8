// Error numbers of Linux on x86-64 (include/uapi/asm-generic/errno-base.h, errno.h) that steps end with.

export interface Errno {
  readonly name: string;
  readonly meaning: string;
}

const ERRNO: Readonly<Record<number, Errno>> = {
  1: { name: 'EPERM', meaning: 'the executor may not do this' },
  2: { name: 'ENOENT', meaning: 'there is nothing of that name' },
  3: { name: 'ESRCH', meaning: 'there is no such process' },
  4: { name: 'EINTR', meaning: 'a signal came in between' },
  5: { name: 'EIO', meaning: 'a device failed, or memory did not hold what its digest says' },
  6: { name: 'ENXIO', meaning: 'there is no such device or address' },
  8: { name: 'ENOEXEC', meaning: 'a file is no program' },
  9: { name: 'EBADF', meaning: 'a descriptor is not open' },
  11: { name: 'EAGAIN', meaning: 'a limit of processes or memory was reached' },
  12: { name: 'ENOMEM', meaning: 'there was not enough memory, or no room among the addresses' },
  13: { name: 'EACCES', meaning: 'permissions forbid it' },
  14: { name: 'EFAULT', meaning: 'an address is not mapped' },
  16: { name: 'EBUSY', meaning: 'it is in use' },
  17: { name: 'EEXIST', meaning: 'it exists already' },
  19: { name: 'ENODEV', meaning: 'there is no such device, or it cannot be mapped' },
  20: { name: 'ENOTDIR', meaning: 'a part of the path is no directory' },
  21: { name: 'EISDIR', meaning: 'it is a directory' },
  22: { name: 'EINVAL', meaning: 'the kernel does not accept a value' },
  23: { name: 'ENFILE', meaning: 'the system has too many open files' },
  24: { name: 'EMFILE', meaning: 'the process has too many open files' },
  26: { name: 'ETXTBSY', meaning: 'a program that runs is open for writing' },
  28: { name: 'ENOSPC', meaning: 'there is no room left' },
  30: { name: 'EROFS', meaning: 'the file system is mounted read-only' },
  38: { name: 'ENOSYS', meaning: 'this kernel has no such call' },
  40: { name: 'ELOOP', meaning: 'there are too many links, or a circle' },
  84: { name: 'EILSEQ', meaning: 'bytes are not as their checksum says' },
  95: { name: 'EOPNOTSUPP', meaning: 'this kernel does not support it' },
  97: { name: 'EAFNOSUPPORT', meaning: 'this kernel has no such family of addresses' },
  98: { name: 'EADDRINUSE', meaning: 'the address is in use' },
  99: { name: 'EADDRNOTAVAIL', meaning: 'no interface has the address' },
  110: { name: 'ETIMEDOUT', meaning: 'it took too long' },
  116: { name: 'ESTALE', meaning: 'the file is another by now' },
  125: { name: 'ECANCELED', meaning: 'it was given up' },
};

export function errnoOf(error: number): Errno {
  return ERRNO[error] ?? { name: `errno ${error}`, meaning: 'see errno(3)' };
}
