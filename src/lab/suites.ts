// The guests that the lab can make: Debian suites, their kernels, their packages.

import { UsageError } from '../base/error.js';

export const SUITES = ['bullseye', 'bookworm', 'trixie', 'sid'] as const;
export type Suite = (typeof SUITES)[number];

/** Kernel packages by flavour. */
export const FLAVOURS = {
  cloud: 'linux-image-cloud-amd64',
  full: 'linux-image-amd64',
  rt: 'linux-image-rt-amd64',
} as const;
export type Flavour = keyof typeof FLAVOURS;

export const DEFAULT_MIRROR = 'http://deb.debian.org/debian';

export const WORKLOADS = ['editors', 'servers', 'zoo', 'victims', 'computing'] as const;
export type Workload = (typeof WORKLOADS)[number];

/** What the workloads need; the names are the same in all suites. */
export const PACKAGES = [
  'kmod',
  'procps',
  'iproute2',
  'tmux',
  'vim-tiny',
  'joe',
  'less',
  'mariadb-server',
  'mariadb-client',
  'apache2',
  'libapache2-mod-php',
  'php-mysql',
  'redis-server',
  'nginx',
  'python3',
] as const;

/** `name` as one of `known`, or an error that lists them. */
function oneOf<T extends string>(what: string, name: string, known: readonly T[]): T {
  const found = known.find((one) => one === name);
  if (!found) throw new UsageError(`unknown ${what} '${name}'`, `known: ${known.join(', ')}`);
  return found;
}

export const parseSuite = (name: string): Suite => oneOf('suite', name, SUITES);
export const parseFlavour = (name: string): Flavour =>
  oneOf('flavour', name, Object.keys(FLAVOURS) as Flavour[]);
export const parseWorkloads = (list: string): Workload[] =>
  list
    .split(',')
    .filter(Boolean)
    .map((name) => oneOf('workload', name, WORKLOADS));

/** sid's Release file may be past its date where the mirror is a snapshot. */
export function suiteArgs(suite: Suite): string[] {
  return suite === 'sid' ? ['--aptopt=Acquire::Check-Valid-Until "false"'] : [];
}

/** mmdebstrap's options for a suite. */
export function mmdebstrapArgs(suite: Suite, kernelPackage: string, tar: string, mirror: string): string[] {
  return [
    '--variant=minbase',
    '--format=tar',
    `--include=${[kernelPackage, ...PACKAGES].join(',')}`,
    // The lab brings its own initramfs: no package needs to make one.
    '--dpkgopt=path-exclude=/etc/kernel/postinst.d/*',
    '--dpkgopt=path-exclude=/usr/share/doc/*',
    '--dpkgopt=path-exclude=/usr/share/man/*',
    '--dpkgopt=path-exclude=/usr/share/locale/*',
    ...suiteArgs(suite),
    suite,
    tar,
    mirror,
  ];
}
