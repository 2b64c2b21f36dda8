// The host's part in a resurrection: hears from the crash kernel, makes a plan from the live RAM, hands it over, and
// follows what comes of it until the executor is done.

import { AbsentError, UsageError } from '../base/error.js';
import { checkRam, type LivePlan, type LivePlanOptions, offered, planLive, reasonOf } from './live-plan.js';
import type { Message } from './messages.js';
import { PanicWatch } from './panic-watch.js';
import { Port } from './port.js';
import { newResurrection, type Resurrection, type Stage } from './resurrection.js';

export interface GuardOptions extends LivePlanOptions {
  /** The guest's RAM. */
  readonly ram: string;
  /** Of the port. */
  readonly socket: string;
  /** How long the socket may take to appear; 0: it must be there. */
  readonly connectSeconds?: number;
  /** How long the guest may say nothing once it has begun. */
  readonly silenceSeconds?: number;
  /**
   * Plan once, for nothing, while the main kernel still runs: what is read of a kernel's build is remembered then, and
   * the code is compiled.
   */
  readonly warmUp?: boolean;
  /** Never gives a plan, nor says that there is none: the guest is to make its own, which is kept. */
  readonly silent?: boolean;
  /** A plan to give instead of one of this death: what the guest makes of it. */
  readonly offer?: Uint8Array;
  /** Before the plan is made: the dead kernel's memory is whole. */
  readonly beforePlan?: () => void;
  readonly onStage?: (stage: Stage) => void;
  readonly onSay?: (text: string) => void;
  /** Whether the module's area is in the RAM: the panic will be noticed as it happens, or at the crash kernel's hello. */
  readonly onArmed?: (armed: boolean) => void;
  /** A plan cannot be made of the living kernel: nobody is selected. */
  readonly onTrial?: (error: AbsentError) => void;
  readonly signal?: AbortSignal;
}

const SILENCE_SECONDS = 120;
const VERSION = 1;
/** What is kept of one conversation: lines (each may have 64 KiB), and stages. */
const MOST_SAID = 1000;
const MOST_STAGES = 200;

/** One resurrection, from the wait for it to its end. */
class Watch {
  private readonly found = newResurrection();
  private began: number | null = null;
  private silence: NodeJS.Timeout | undefined;
  private ended = false;
  private end: (found: Resurrection) => void = () => {};
  private made: LivePlan | Error | null = null;
  private panic: PanicWatch | undefined;

  constructor(
    private readonly options: GuardOptions,
    private readonly port: Port,
  ) {}

  run(): Promise<Resurrection> {
    this.panic = new PanicWatch(this.options.ram, {
      onFound: () => this.options.onArmed?.(true),
      onNone: () => this.options.onArmed?.(false),
      onPanic: () => this.noticePanic(),
      onLeft: () => this.planNow(),
    });
    return new Promise((resolve) => {
      this.end = resolve;
      this.port.listen({
        onMessage: (message) => this.hear(message),
        onClose: (error) => {
          this.found.failure = error ?? null;
          this.finish(error?.message ?? 'the machine closed the port');
        },
      });
      const { signal } = this.options;
      const stop = () => this.finish(String(signal?.reason));
      if (signal?.aborted) stop();
      else signal?.addEventListener('abort', stop, { once: true });
    });
  }

  noticePanic(): void {
    if (this.began !== null) return;
    this.stage('panic', null);
    // A crash kernel that never speaks, or none at all, is silence too.
    this.listenOn();
  }

  planNow(): void {
    if (!this.ended && !this.options.silent) this.makePlan();
  }

  tellArea(physical: number): void {
    this.panic?.tell(physical);
  }

  private hear(message: Message): void {
    if (this.ended) return;
    this.listenOn();
    if (this.isTooMuch(message)) this.found.unknown++;
    else if (message.kind === 'hello') void this.greet(message.version, message.release);
    else if (message.kind === 'stage') this.stage(message.name, message.nanoseconds / 1e6);
    else if (message.kind === 'journal') this.found.journal = message.bytes;
    else if (message.kind === 'plan') this.found.plan = message.bytes;
    else if (message.kind === 'say') {
      this.found.said.push(message.text);
      this.options.onSay?.(message.text);
    } else this.conclude(message);
  }

  /** What is no message, a second hello, and more than a guest that means well has to say. */
  private isTooMuch(message: Message): message is Extract<Message, { kind: 'unknown' }> {
    const { found } = this;
    if (message.kind === 'hello') return found.release !== null;
    if (message.kind === 'say') return found.said.length >= MOST_SAID;
    if (message.kind === 'stage') return found.stages.length >= MOST_STAGES;
    return message.kind === 'unknown';
  }

  private conclude(message: Extract<Message, { kind: 'refused' | 'none' | 'done' | 'after' }>): void {
    const { found } = this;
    if (message.kind === 'refused') {
      found.outcome = 'refused';
      found.reason = message.reason;
    } else if (message.kind === 'none') {
      if (found.outcome !== 'refused') found.outcome = 'no plan';
      this.finish(found.reason ?? message.reason);
    } else {
      found.outcome = 'resurrected';
      // After a plan of the host's that was none, the guest may have made one.
      found.reason = null;
      if (message.kind === 'after') found.after = message.exitCode;
      else this.finish(null);
    }
  }

  private async greet(version: number, release: string): Promise<void> {
    this.panic?.stop();
    this.found.release = release;
    this.stage('hello', null);
    if (this.options.silent) return;
    try {
      if (version !== VERSION)
        return await this.port.send(`none this guard speaks version ${VERSION}, not ${version}\n`);
      const plan = this.makePlan();
      if (plan instanceof Error) return await this.refuse(plan);
      await this.port.send(`plan ${plan.bytes.length}\n`, plan.bytes);
      this.stage('plan sent', null);
    } catch (error) {
      this.finish((error as Error).message);
    }
  }

  private async refuse(error: Error): Promise<void> {
    this.found.outcome = 'no plan';
    this.found.reason = reasonOf(error);
    await this.port.send(`none ${this.found.reason}\n`);
  }

  private makePlan(): LivePlan | Error {
    if (this.made === null) {
      try {
        this.options.beforePlan?.();
        const { offer } = this.options;
        this.made = offer ? offered(offer) : planLive(this.options.ram, this.options);
        this.found.plan = this.made.bytes;
        this.stage('plan made', null);
      } catch (error) {
        this.made = error instanceof Error ? error : new Error(String(error));
      }
    }
    return this.made;
  }

  private stage(name: string, guest: number | null): void {
    if (this.began === null) this.found.outcome = 'lost';
    this.began ??= Date.now();
    const stage = { name, host: Date.now() - this.began, guest };
    this.found.stages.push(stage);
    this.options.onStage?.(stage);
  }

  private listenOn(): void {
    clearTimeout(this.silence);
    const seconds = this.options.silenceSeconds ?? SILENCE_SECONDS;
    this.silence = setTimeout(() => this.finish(`the guest said nothing for ${seconds} s`), seconds * 1000);
  }

  private finish(reason: string | null): void {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.silence);
    this.panic?.stop();
    this.found.reason ??= reason;
    this.port.close();
    this.end(this.found);
  }
}

export interface Guard {
  /** At the end of one resurrection, or of the machine. */
  readonly ended: Promise<Resurrection>;
  /** The clock of the interruption begins. */
  noticePanic(): void;
  /** For whoever learns before the crash kernel's hello that nothing of the main kernel runs any more. */
  planNow(): void;
  /** Where the module's area is, physically. */
  tellArea(physical: number): void;
}

/** The plan is of no use: the kernel is at work. */
function warmUp(options: GuardOptions): void {
  try {
    planLive(options.ram, options);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (error instanceof AbsentError) options.onTrial?.(error);
    // Else there may be no kernel in it yet.
  }
}

/** Connects to the machine and watches it. Throws SystemError where there is no port or no RAM. */
export async function startGuard(options: GuardOptions): Promise<Guard> {
  checkRam(options.ram);
  const port = await Port.connect(options.socket, (options.connectSeconds ?? 0) * 1000, options.signal);
  const watch = new Watch(options, port);
  let ended: Promise<Resurrection>;
  try {
    if (options.warmUp && !options.silent) warmUp(options);
    ended = watch.run();
  } catch (error) {
    port.close();
    throw error;
  }
  return {
    ended,
    noticePanic: () => watch.noticePanic(),
    planNow: () => watch.planNow(),
    tellArea: (physical) => watch.tellArea(physical),
  };
}
