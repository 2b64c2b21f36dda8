// A kernel with security modules, made by hand: credentials and tasks with the parts that AppArmor and Landlock have there.

import { type Kva, NULL } from '../../../../src/base/address.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

/** Offsets as they might come out: Landlock first, AppArmor behind; of tasks TOMOYO has the first part. */
const [APPARMOR_CRED, APPARMOR_TASK] = [16, 32];
const UNCONFINED = 3;
const FLAG_UNCONFINED = 2;
const FLAG_STALE = 0x800;

export interface Profile {
  readonly name: string;
  readonly mode: number;
  /** Its namespace's own, for what nothing confines. */
  readonly usual?: boolean;
  readonly ns?: Kva;
}

export class MadeSecurity extends SyntheticKernel {
  readonly root: Kva;

  constructor(names = 'lockdown,capability,landlock,yama,apparmor,bpf') {
    super();
    this.types
      .struct('lsm_blob_sizes', { lbs_cred: 'u32', lbs_file: 'u32', lbs_task: 'u32' })
      .struct('cred', { uid: 'u32', security: 'ptr' })
      .struct('task_struct', { security: 'ptr', real_cred: 'ptr' })
      .struct('aa_policy', { name: 'ptr', hname: 'ptr' })
      .struct('aa_ns', { base: 'aa_policy', parent: 'ptr', unconfined: 'ptr' })
      .struct('aa_profile', { base: 'aa_policy', ns: 'ptr', mode: 'i64' })
      .struct('aa_proxy', { count: 'u64', label: 'ptr' })
      .struct('aa_label', { proxy: 'ptr', hname: 'ptr', flags: 'i64', size: 'i32', vec: 'ptr[4]' })
      .struct('aa_task_ctx', { nnp: 'ptr', onexec: 'ptr', previous: 'ptr' })
      .struct('landlock_cred_security', { domain: 'ptr' })
      .struct('selinux_state', { enforcing: 'bool', initialized: 'bool' })
      .struct('pointer', { to: 'ptr' });
    this.pointer('lsm_names', this.string(names));
    this.symbol('landlock_blob_sizes', this.make('lsm_blob_sizes'));
    const sizes = { lbs_cred: APPARMOR_CRED, lbs_task: APPARMOR_TASK };
    this.symbol('apparmor_blob_sizes', this.make('lsm_blob_sizes', sizes));
    this.root = this.namespace('root');
    this.pointer('root_ns', this.root);
  }

  string(text: string): Kva {
    const at = this.alloc(text.length + 1);
    this.text(at, text);
    return at;
  }

  pointer(symbol: string, to: Kva): Kva {
    const at = this.make('pointer', { to });
    this.symbol(symbol, at);
    return at;
  }

  /** With a profile for what nothing confines. */
  namespace(hname: string): Kva {
    const ns = this.make('aa_ns', { 'base.hname': this.string(hname) });
    const base = this.string('unconfined');
    const unconfined = this.make('aa_profile', { 'base.hname': base, ns, mode: UNCONFINED });
    this.set(ns, 'aa_ns.unconfined', unconfined);
    return ns;
  }

  label(...profiles: readonly Profile[]): Kva {
    const free = profiles.every(({ mode }) => mode === UNCONFINED);
    const label = this.make('aa_label', { size: profiles.length, flags: free ? FLAG_UNCONFINED : 0 });
    for (const [index, { name, mode, usual = false, ns = this.root }] of profiles.entries()) {
      const profile = this.make('aa_profile', { 'base.hname': this.string(name), ns, mode });
      if (usual) this.set(ns, 'aa_ns.unconfined', profile);
      this.set(label, 'aa_label.vec', profile, index);
    }
    return label;
  }

  /** A label that another has taken the place of. */
  replaced(old: Kva, label: Kva): Kva {
    this.set(old, 'aa_label.flags', FLAG_STALE);
    this.set(old, 'aa_label.proxy', this.make('aa_proxy', { label }));
    return old;
  }

  task(label: Kva, { onexec = NULL, previous = NULL, domain = NULL, lack = false } = {}): Kva {
    const ofCred = this.alloc(APPARMOR_CRED + 8);
    this.poke(ofCred, domain);
    this.poke((ofCred + APPARMOR_CRED) as Kva, label);
    const ofTask = this.alloc(APPARMOR_TASK + 32);
    this.poke((ofTask + APPARMOR_TASK + 8) as Kva, onexec);
    this.poke((ofTask + APPARMOR_TASK + 16) as Kva, previous);
    const cred = this.make('cred', { security: lack ? NULL : ofCred });
    return this.make('task_struct', { security: ofTask, real_cred: cred });
  }
}
