import type { InstanceId, IpAddress, MachineState, Traits } from '../core/index.ts';

/** A network card of a simulated machine. Its addresses are its own, never shared ones. */
export interface SimNic {
  readonly id: string;
  readonly network: string;
  readonly default: boolean;
  readonly addresses: readonly IpAddress[];
}

export interface SimInstance {
  readonly id: InstanceId;
  readonly name: string;
  readonly zone: string;
  readonly nics: readonly SimNic[];
  readonly groups: readonly string[];
  readonly tags: readonly string[];
  /** Change it by `setState`. */
  state: MachineState;
}

/** That an instance has a shared address. Some clouds name this relation; `id` is that name. */
export interface Holding {
  readonly id: string;
  readonly instance: InstanceId;
}

export interface SimAddress {
  readonly id: string;
  readonly ip: IpAddress;
  readonly zone: string;
  /** What associating does while somebody holds the address: the trait of its cloud. */
  readonly mode: Traits['associate'];
  /** Who has it now. Change it by jobs or `setHolders`. */
  holdings: readonly Holding[];
}

/** What can be asked of the cloud. Dissociating from null takes the address from whoever has it. */
export type Action =
  | { readonly kind: 'associate'; readonly address: IpAddress; readonly instance: InstanceId }
  | { readonly kind: 'dissociate'; readonly address: IpAddress; readonly instance: InstanceId | null };

/**
 * When an action takes effect and what it says of itself: the two are told apart, because real clouds report
 * failures of actions that then happen, and hang after having acted. Durations count from the start of the action.
 */
export interface Timing {
  /** Until the job reports its end; null: it never does. */
  readonly reportsAfterMs: number | null;
  /** Until the holders change; null: never. Left out: together with a report of success. */
  readonly appliesAfterMs?: number | null;
  /** The job reports a failure with this text. */
  readonly fails?: string;
}

export interface Job {
  readonly id: string;
  readonly action: Action;
  /** Who asked, as the record of calls names it. */
  readonly who: string;
  readonly startedAt: number;
  /** The instant of its report, null if it will never report. */
  readonly doneAt: number | null;
  state: 'pending' | 'done' | 'failed';
  /** Why it failed. */
  error: string | null;
}

/** Why the cloud does not even begin. */
export type Refusal = 'noSuchAddress' | 'noSuchInstance' | 'otherZone' | 'held' | 'pending';

/** One request to the cloud, from its arrival on; `outcome` is null until it was answered. */
export interface CallRecord {
  readonly at: number;
  readonly who: string;
  readonly what: string;
  /** Of a write: the instance concerned, where the request tells. */
  readonly subject: InstanceId | null;
  readonly write: boolean;
  outcome: string | null;
  endedAt: number | null;
}

/** One instance gained or lost the address; `holders` are those after the change. */
export interface HolderChange {
  readonly at: number;
  readonly address: IpAddress;
  readonly instance: InstanceId;
  readonly change: 'gained' | 'lost';
  readonly holders: readonly InstanceId[];
  readonly who: string;
}

export interface CloudWorld {
  readonly instances: readonly SimInstance[];
  readonly addresses: readonly (Omit<SimAddress, 'holdings'> & {
    readonly holders?: readonly InstanceId[];
  })[];
  /** How long actions take unless their start says otherwise. Default: 1 s until report and effect. */
  readonly timing?: Timing;
  /** Whether an address that is being moved refuses further actions (`pending`), as DigitalOcean does. */
  readonly oneActionAtATime?: boolean;
}

type Due = { readonly at: number; readonly step: 'apply' | 'report'; readonly job: Job };

/**
 * A cloud as data: who exists, who holds what, what is under way. It has no clock, no timer and no network: every
 * method that depends on time is given the instant (ms of any monotonic clock, never going back), so the same model
 * runs in virtual time and, behind HTTP, in real time. Lenient where clouds differ: the routes of a cloud add its
 * own refusals.
 */
export class Cloud {
  readonly instances = new Map<InstanceId, SimInstance>();
  readonly addresses = new Map<IpAddress, SimAddress>();
  readonly jobs = new Map<string, Job>();
  readonly calls: CallRecord[] = [];
  readonly changes: HolderChange[] = [];
  /** For actions started from now on. */
  timing: Timing;
  /** How far behind is what a replica tells of holders to those who only read. */
  readLagMs = 0;

  readonly #oneActionAtATime: boolean;
  readonly #initial = new Map<IpAddress, readonly InstanceId[]>();
  readonly #due: Due[] = [];
  readonly #underWay = new Set<Job>();
  readonly #onCall = new Set<(call: CallRecord) => void>();
  readonly #onChange = new Set<(change: HolderChange) => void>();
  #ids = 0;

  constructor(world: CloudWorld) {
    this.timing = world.timing ?? { reportsAfterMs: 1000 };
    this.#oneActionAtATime = world.oneActionAtATime ?? false;
    for (const instance of world.instances) this.instances.set(instance.id, instance);
    for (const { holders = [], ...address } of world.addresses) {
      const holdings = holders.map((instance) => this.#holding(instance));
      this.addresses.set(address.ip, { ...address, holdings });
      this.#initial.set(address.ip, [...holders]);
    }
  }

  /** Who has the address, now or, for replicas that lag behind, at an earlier instant. */
  holders(ip: IpAddress, asOf?: number): InstanceId[] {
    if (asOf === undefined) return this.addresses.get(ip)?.holdings.map((held) => held.instance) ?? [];
    const last = this.changes.findLast((change) => change.address === ip && change.at <= asOf);
    return [...(last?.holders ?? this.#initial.get(ip) ?? [])];
  }

  /** Runs `look`, to which the holders appear as a replica knows them at `now`. */
  replicated<T>(now: number, look: () => T): T {
    this.advance(now);
    if (this.readLagMs === 0) return look();
    const all = [...this.addresses.values()];
    const truth = all.map(({ holdings }) => holdings);
    for (const address of all) {
      const seen = this.holders(address.ip, now - this.readLagMs);
      const known = (id: InstanceId) => address.holdings.find(({ instance }) => instance === id);
      address.holdings = seen.map((instance) => known(instance) ?? this.#holding(instance));
    }
    try {
      return look();
    } finally {
      all.forEach((address, i) => {
        address.holdings = truth[i]!;
      });
    }
  }

  /** Whether an action on the address has not reported yet. */
  pending(ip: IpAddress): boolean {
    return [...this.#underWay].some((job) => job.action.address === ip);
  }

  /** Why the action cannot begin now, or null. */
  refusal(action: Action): Refusal | null {
    if (this.#oneActionAtATime && this.pending(action.address)) return 'pending';
    return this.#obstacle(action);
  }

  /** Begins an action, or says why not. A job of no duration is done when this returns. */
  start(action: Action, now: number, who: string, timing: Timing = this.timing): Job | Refusal {
    this.advance(now);
    const refusal = this.refusal(action);
    if (refusal !== null) return refusal;
    const job = this.#open(action, now, who, timing);
    this.#schedule(job, timing);
    this.advance(now);
    return job;
  }

  /** Lets everything happen that is due at `now`, in order of its instants. */
  advance(now: number): void {
    for (let due = this.#due[0]; due !== undefined && due.at <= now; due = this.#due[0]) {
      this.#due.shift();
      if (due.step === 'apply') this.#apply(due.job, due.at);
      else this.#report(due.job);
    }
  }

  /** The next instant at which `advance` would change something, or null. */
  nextDue(): number | null {
    return this.#due[0]?.at ?? null;
  }

  /** A machine that is gone holds nothing; a machine that is off keeps what it has. */
  setState(instance: InstanceId, state: MachineState, now: number): void {
    this.advance(now);
    const machine = this.instances.get(instance);
    if (machine === undefined) throw new Error(`no simulated machine ${instance}`);
    machine.state = state;
    if (state !== 'gone') return;
    for (const ip of this.addresses.keys()) this.#lose(ip, (holder) => holder === instance, now, 'cloud');
  }

  /** Somebody else's hand: an operator at the console, another tool. */
  setHolders(ip: IpAddress, holders: readonly InstanceId[], now: number, who = 'operator'): void {
    this.advance(now);
    for (const instance of holders) this.#gain(ip, instance, now, who);
    this.#lose(ip, (holder) => !holders.includes(holder), now, who);
  }

  /** Notes a request that arrives; `answered` completes the note. */
  called(call: {
    at: number;
    who: string;
    what: string;
    write: boolean;
    subject?: InstanceId | null;
  }): CallRecord {
    const record: CallRecord = { ...call, subject: call.subject ?? null, outcome: null, endedAt: null };
    this.calls.push(record);
    for (const listener of this.#onCall) listener(record);
    return record;
  }

  answered(record: CallRecord, outcome: string, now: number): void {
    record.outcome = outcome;
    record.endedAt = now;
  }

  /** Called for each request when it arrives. Returns the end of the subscription. */
  onCall(listener: (call: CallRecord) => void): () => void {
    this.#onCall.add(listener);
    return () => void this.#onCall.delete(listener);
  }

  /** Called for each change of holders, once the change is visible. Returns the end of the subscription. */
  onChange(listener: (change: HolderChange) => void): () => void {
    this.#onChange.add(listener);
    return () => void this.#onChange.delete(listener);
  }

  #obstacle(action: Action): Refusal | null {
    const address = this.addresses.get(action.address);
    if (address === undefined) return 'noSuchAddress';
    if (action.instance === null) return null;
    const machine = this.instances.get(action.instance);
    if (machine === undefined || machine.state === 'gone') return 'noSuchInstance';
    if (action.kind === 'dissociate') return null;
    if (machine.zone !== address.zone) return 'otherZone';
    const others = this.holders(address.ip).some((holder) => holder !== action.instance);
    return address.mode === 'refusedWhileHeld' && others ? 'held' : null;
  }

  #open(action: Action, now: number, who: string, timing: Timing): Job {
    const doneAt = timing.reportsAfterMs === null ? null : now + timing.reportsAfterMs;
    const job: Job = { id: this.#id(), action, who, startedAt: now, doneAt, state: 'pending', error: null };
    this.jobs.set(job.id, job);
    this.#underWay.add(job);
    return job;
  }

  #schedule(job: Job, timing: Timing): void {
    const success = timing.fails === undefined ? timing.reportsAfterMs : null;
    const applies = timing.appliesAfterMs === undefined ? success : timing.appliesAfterMs;
    if (timing.fails !== undefined) job.error = timing.fails;
    if (applies !== null) this.#enqueue({ at: job.startedAt + applies, step: 'apply', job });
    if (job.doneAt !== null) this.#enqueue({ at: job.doneAt, step: 'report', job });
  }

  /** Sorted by instant; of the same instant, what was enqueued first happens first. */
  #enqueue(due: Due): void {
    const behind = this.#due.findIndex((other) => other.at > due.at);
    this.#due.splice(behind === -1 ? this.#due.length : behind, 0, due);
  }

  /** The world may have changed since the start: what stands in the way now fails the job. */
  #apply(job: Job, at: number): void {
    const obstacle = this.#obstacle(job.action);
    if (obstacle !== null) job.error ??= obstacle;
    else if (job.action.kind === 'associate')
      this.#give(job.action.address, job.action.instance, at, job.who);
    else this.#take(job.action.address, job.action.instance, at, job.who);
  }

  #report(job: Job): void {
    job.state = job.error === null ? 'done' : 'failed';
    this.#underWay.delete(job);
  }

  #give(ip: IpAddress, instance: InstanceId, at: number, who: string): void {
    if (this.addresses.get(ip)?.mode === 'moves') this.#lose(ip, (holder) => holder !== instance, at, who);
    this.#gain(ip, instance, at, who);
  }

  #take(ip: IpAddress, instance: InstanceId | null, at: number, who: string): void {
    this.#lose(ip, (holder) => instance === null || holder === instance, at, who);
  }

  #gain(ip: IpAddress, instance: InstanceId, at: number, who: string): void {
    const address = this.addresses.get(ip);
    if (address === undefined || this.holders(ip).includes(instance)) return;
    address.holdings = [...address.holdings, this.#holding(instance)];
    this.#changed({ at, address: ip, instance, change: 'gained', holders: this.holders(ip), who });
  }

  #lose(ip: IpAddress, which: (holder: InstanceId) => boolean, at: number, who: string): void {
    const address = this.addresses.get(ip);
    if (address === undefined) return;
    for (const { instance } of address.holdings.filter((held) => which(held.instance))) {
      address.holdings = address.holdings.filter((held) => held.instance !== instance);
      this.#changed({ at, address: ip, instance, change: 'lost', holders: this.holders(ip), who });
    }
  }

  #changed(change: HolderChange): void {
    this.changes.push(change);
    for (const listener of this.#onChange) listener(change);
  }

  #holding(instance: InstanceId): Holding {
    return { id: this.#id(), instance };
  }

  /** Shaped as a UUID, the same in every run. */
  #id(): string {
    this.#ids += 1;
    return `5150c10d-0000-4000-8000-${this.#ids.toString(16).padStart(12, '0')}`;
  }
}
