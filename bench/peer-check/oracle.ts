// The document that bench/oracle writes, as far as it is compared. Null: drgn could not read it; `faults` says why.
// 64-bit numbers are hexadecimal text, names and paths latin-1.

export interface OracleCall {
  readonly pc: string;
  readonly function: string | null;
  readonly symbol: string | null;
  readonly interrupted: boolean;
  readonly inlined: readonly (string | null)[];
}

export interface OracleStack {
  /** CPU that it was on; null where it was on none. */
  readonly cpu: number | null;
  readonly frames: readonly OracleCall[] | null;
  readonly user: Readonly<Record<string, string>> | null;
}

export interface OraclePending {
  readonly set: string;
  readonly queue: readonly (readonly [number, number])[];
}

export interface OracleAttributes {
  readonly scheduling: {
    readonly policy: number;
    readonly prio: number;
    readonly static_prio: number;
    readonly rt_priority: number;
    readonly cpus: readonly number[];
    readonly cpu: number;
    readonly on_cpu: number;
    readonly voluntary: number;
    readonly involuntary: number;
    readonly run_time: number;
    readonly run_delay: number;
    readonly times_run: number;
    readonly timer_slack: number;
  };
  readonly exit_code: number;
  readonly exit_signal: number;
  readonly tracer: number;
  readonly no_new_privs: boolean;
  readonly seccomp: number;
  readonly personality: number;
  readonly death_signal: number;
  readonly capabilities: Readonly<Record<string, string>>;
  readonly securebits: number;
  readonly blocked: string;
  readonly pending: OraclePending;
  readonly altstack: readonly [string, number, number];
  readonly clear_child_tid: string;
  readonly set_child_tid: string;
  readonly robust_list: string;
  readonly fs_base: string;
  readonly gs_base: string;
  readonly namespaces: Readonly<Record<string, number>> | null;
  readonly cgroup: string | null;
}

export interface OracleProcess {
  readonly sighand: string | null;
  readonly actions: readonly (readonly [number, string, number, string, string])[];
  readonly pending: OraclePending;
  readonly flags: number;
  readonly oom_score_adj: number;
  readonly child_subreaper: boolean;
  readonly limits: readonly (readonly [string, string])[];
  readonly posix_timers: readonly {
    readonly address: string;
    readonly id: number;
    readonly clock: number;
    readonly interval: number;
    readonly notify: number;
  }[];
}

export interface OracleIdle {
  readonly address: string;
  readonly pid: number;
  readonly tgid: number;
  readonly ppid: number;
  readonly comm: string;
  readonly state: string;
  readonly flags: string;
  readonly start_boottime: number;
  readonly stack: OracleStack | null;
}

export interface OracleTask extends OracleIdle {
  readonly leader: string;
  readonly ids: {
    readonly by_namespace: readonly number[];
    readonly pgid: number | null;
    readonly sid: number | null;
    readonly tty: string | null;
    readonly threads: number;
  } | null;
  readonly credentials: (Readonly<Record<string, number>> & { readonly groups: never }) | null;
  readonly fs: {
    readonly cwd: string | null;
    readonly root: string | null;
    readonly exe: string | null;
    readonly umask: number | null;
  } | null;
  readonly command_line: readonly string[] | null;
  readonly environment: readonly string[] | null;
  readonly attributes: OracleAttributes | null;
  readonly process: OracleProcess | null;
  readonly mm: string | null;
  readonly files: string | null;
}

export interface OracleVma {
  readonly address: string;
  readonly start: string;
  readonly end: string;
  readonly flags: string;
  readonly pgoff: string;
  readonly file: string | null;
  readonly name: string | null;
  readonly inode: number | null;
  readonly device: string | null;
  readonly anon_vma: string | null;
}

/** Address, bytes, frame, and what the entries say (bench/oracle/page_walk.py). */
export type OracleRun = readonly [number, number, number, string];

export type OracleMm = Readonly<Record<string, string | number>> & {
  readonly auxv: readonly string[] | null;
  readonly vmas: readonly OracleVma[] | null;
  readonly pages: readonly OracleRun[] | null;
};

export interface OracleFile {
  readonly address: string;
  readonly path: string | null;
  readonly flags: string;
  readonly offset: number;
  readonly inode: number | null;
  readonly inode_mode: string | null;
  readonly device: string | null;
  readonly rdev: string | null;
  readonly size: number | null;
  readonly links: number | null;
  readonly fs_type: string | null;
  readonly object: string | null;
  readonly socket: string | null;
  readonly close_on_exec: boolean;
}

export type OraclePacket = readonly [string, number] | readonly [string, number, number];

export interface OracleSocket {
  readonly table: string | null;
  readonly form: string;
  readonly family: number;
  readonly state: number;
  readonly protocol_name: string;
  readonly namespace: number;
  readonly references: number;
  readonly type?: number;
  readonly protocol?: number;
  readonly inode?: number;
  readonly uid?: number | null;
  readonly shutdown?: number;
  readonly memory?: Readonly<Record<string, number>>;
  readonly queue?: readonly OraclePacket[];
  readonly backlog?: readonly string[];
  readonly backlog_limit?: number;
  readonly inet?: {
    readonly local: string;
    readonly local_port: number;
    readonly remote: string;
    readonly remote_port: number;
    readonly device: number;
    readonly v6only: boolean;
  };
  readonly tcp?: Readonly<Record<string, number | string | null>>;
  readonly unacknowledged?: readonly OraclePacket[];
  readonly unsent?: readonly OraclePacket[];
  readonly out_of_order?: readonly OraclePacket[];
  readonly unix?: { readonly name: string | null; readonly peer: string | null; readonly peer_pid: number };
  readonly netlink?: {
    readonly portId: number;
    readonly peerPortId: number;
    readonly groups: readonly number[];
  };
  readonly packet?: { readonly etherType: number; readonly interface: number };
}

export interface OracleObject {
  readonly kind: string;
  readonly readers?: number;
  readonly writers?: number;
  readonly capacity?: number;
  readonly lengths?: readonly number[];
  readonly count?: number;
  readonly semaphore?: boolean;
  readonly watches?: readonly (readonly [number, string, number, string])[];
  readonly mask?: string;
  readonly clock?: number;
  readonly ticks?: number;
  readonly interval?: number;
}

export interface OracleMount {
  readonly address: string;
  readonly id: number;
  readonly parent: number;
  readonly device: string;
  readonly point: string;
  readonly type: string;
  readonly source: string;
  readonly flags: string;
  readonly superblock_flags: string;
}

export interface OracleStructure {
  readonly size: number;
  readonly members: Readonly<
    Record<string, { readonly offset: number; readonly bit?: number; readonly bits?: number }>
  >;
}

export interface Oracle {
  readonly system: Readonly<Record<string, unknown>> & {
    readonly page_offset_base: string;
    readonly five_level: boolean;
    readonly present_cpus: readonly number[];
  };
  readonly tasks: readonly OracleTask[];
  readonly idle: readonly OracleIdle[];
  readonly mms: Readonly<Record<string, OracleMm>>;
  readonly files_structs: Readonly<Record<string, Readonly<Record<string, OracleFile>>>>;
  readonly objects: Readonly<Record<string, OracleObject>>;
  readonly sockets: Readonly<Record<string, OracleSocket | null>> | null;
  readonly devices: Readonly<Record<string, Readonly<Record<string, string | number>>>> | null;
  readonly mounts: readonly { readonly mounts: readonly OracleMount[] }[] | null;
  readonly modules:
    | readonly {
        readonly name: string;
        readonly address: string;
        readonly state: number;
        readonly regions: readonly { readonly start: string; readonly size: number }[];
      }[]
    | null;
  readonly symbols: {
    readonly total: number;
    readonly sample: readonly (readonly [string, string])[];
  } | null;
  readonly dmesg:
    | readonly {
        readonly seq: number;
        readonly nanoseconds: number;
        readonly level: number;
        readonly text: string;
      }[]
    | null;
  readonly types: Readonly<Record<string, OracleStructure | null>>;
  readonly faults: readonly { readonly what: string; readonly why: string; readonly at: string }[];
}
