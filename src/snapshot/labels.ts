// What security modules (LSMs) hold of a task beside its credentials, as plain data.

/**
 * `unconfined`: nothing is kept from it. `named`: nothing either, but it has a name of its own, as a profile of AppArmor in
 * unconfined mode gives. `confined`: by a profile or a ruleset. `unknown`: it could not be read, or is of a module that
 * is not known here, or has a policy that is not.
 */
export type LabelState = 'unconfined' | 'named' | 'confined' | 'unknown';

export interface SecurityLabel {
  /** As in /sys/kernel/security/lsm: `apparmor`, `landlock`. */
  readonly module: string;
  /** As /proc/PID/attr/current says it, without its newline; null of all modules but AppArmor, and where it was not read. */
  readonly label: string | null;
  readonly state: LabelState;
  /** AppArmor: what it will be at the next exec (attr/exec); null for nothing of the kind. */
  readonly onExec: string | null;
  /** AppArmor: what it may go back to from a hat (attr/prev); null for none. */
  readonly previous: string | null;
}
