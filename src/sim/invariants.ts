import {
  type Call,
  deadInterval,
  type FullAdvertisement,
  type IpAddress,
  type Policy,
  type State,
} from '../core/index.ts';
import { decode, layout } from '../wire/codec.ts';
import type { Cluster, Host, Watch } from './cluster.ts';
import {
  afterAbort,
  afterCall,
  afterHearing,
  afterSettlement,
  type Caller,
  type Finding,
  faultsOfCall,
  type Life,
  newLife,
  unconfirmedHold,
} from './rules.ts';

/**
 * What must never happen, checked from outside: from the datagrams that were delivered and the calls that were made,
 * and from the node's own words only where the rule is about them. What is a violation says rules.ts; here is kept
 * what each process was seen to do, and what only the cluster knows (S1').
 */
export interface Violation {
  readonly at: number;
  readonly rule: string;
  readonly host: string;
  readonly what: string;
}

const slackMs = 1;

export class Invariants {
  readonly violations: Violation[] = [];
  readonly #lives = new Map<Host, { process: unknown; life: Life }>();
  /** By directed link: when which datagram (life and sequence) was sent. */
  readonly #sent = new Map<string, Map<string, number>>();
  #cluster: Cluster | null = null;

  /** The hooks for a cluster; `attach` it to that cluster afterwards. */
  readonly watch: Watch = {
    onCall: (host, call, state, policy) => this.#onCall(host, call as Call, state, policy),
    onSettled: (host, call, ok) => this.#onSettled(host, call as Call, ok),
    onAbort: (host) => this.#keep(host, afterAbort(this.#life(host))),
    onDelivery: (bytes, from, to) => this.#onDelivery(bytes, from, to),
    onSend: (bytes, from, to) => this.#onSend(bytes, from, to),
  };

  attach(cluster: Cluster): void {
    this.#cluster = cluster;
    const tick = () => {
      for (const host of cluster.hosts) this.#checkConfirmation(host);
      cluster.world.after(1_000, tick);
    };
    tick();
  }

  #say(rule: string, host: Host, what: string): void {
    const at = this.#cluster!.world.now;
    this.violations.push({ at, rule, host: host.name, what });
    this.#cluster!.note(at, `VIOLATION ${rule} by ${host.name}: ${what}`);
  }

  #life(host: Host): Life {
    const known = this.#lives.get(host);
    return known && known.process === host.process ? known.life : newLife;
  }

  #keep(host: Host, life: Life): void {
    this.#lives.set(host, { process: host.process, life });
  }

  #report(host: Host, findings: readonly Finding[]): void {
    for (const { rule, what } of findings) this.#say(rule, host, what);
  }

  #onSend(bytes: Uint8Array, from: IpAddress, to: IpAddress): void {
    const link = `${from}>${to}`;
    const sent = this.#sent.get(link) ?? new Map<string, number>();
    this.#sent.set(link, sent);
    sent.set(sequenceOf(bytes), this.#cluster!.world.now);
    if (sent.size > 64) sent.delete(sent.keys().next().value!);
  }

  /** It echoes what we sent longer ago than a dead interval: it was on its way too long to prove life. */
  #isDelayed(ad: FullAdvertisement, from: IpAddress, to: IpAddress): boolean {
    if (!ad.echo) return false;
    const at = this.#sent.get(`${to}>${from}`)?.get(`${ad.echo.epochRandom} ${ad.echo.sequence}`);
    return at !== undefined && this.#cluster!.world.now - at - ad.echo.ageMs > ad.deadIntervalMs - slackMs;
  }

  #onDelivery(bytes: Uint8Array, from: IpAddress, to: IpAddress): void {
    const host = this.#cluster!.hosts.find((one) => one.address === to);
    const decoded = decode(bytes);
    if (!host || !decoded.ok || decoded.advertisement.version !== 2) return;
    const ad = decoded.advertisement;
    const delayed = this.#isDelayed(ad, from, to);
    this.#keep(host, afterHearing(this.#life(host), from, ad, this.#cluster!.world.now, delayed));
  }

  #onCall(host: Host, call: Call, state: State, policy: Policy): void {
    const caller = this.#caller(host, state, policy);
    this.#report(host, faultsOfCall(caller, call));
    if (isClaim(call, policy) && state.claim?.why === 'dead') this.#checkGroundTruth(host, state, policy);
    this.#keep(host, afterCall(caller, call));
  }

  #onSettled(host: Host, call: Call, ok: boolean): void {
    this.#keep(host, afterSettlement(this.#life(host), call, ok, this.#cluster!.world.now));
  }

  #caller(host: Host, state: State, policy: Policy): Caller {
    const pause = host.process!.pausedFor;
    return {
      now: this.#cluster!.world.now,
      life: this.#life(host),
      state,
      policy,
      startedAt: host.process!.startedAt,
      wokeAt: pause && pause.ms > deadInterval(policy) ? pause.until : null,
      others: this.#cluster!.hosts.filter((one) => one !== host),
    };
  }

  /** S1': both ran without a pause and nothing was lost between them: then nobody is taken for dead. */
  #checkGroundTruth(host: Host, state: State, policy: Policy): void {
    const { world, network, hosts } = this.#cluster!;
    const from = world.now - deadInterval(policy) - 1_500;
    for (const other of hosts) {
      const held = this.#cluster!.state(other);
      if (other === host || !held || held.role !== 'active' || held.association !== 'confirmed') continue;
      if (held.leaving || !held.healthy || held.confirmedAt > from) continue;
      const ran = [host, other].every(
        (one) => one.process!.startedAt < from && (one.process!.pausedFor?.until ?? 0) < from,
      );
      const clear =
        network.lostAt(host.address, other.address) < from &&
        network.lostAt(other.address, host.address) < from;
      const known = state.peers.some(({ member }) => member.address === other.address);
      if (ran && clear && known)
        this.#say("S1'", host, `takes ${other.name} for dead, which lives and was heard`);
    }
  }

  /** S7: a holder has confirmed itself lately, or says that its API fails. */
  #checkConfirmation(host: Host): void {
    const state = this.#cluster!.state(host);
    if (!state || host.process!.paused) return;
    this.#report(host, unconfirmedHold(this.#life(host), state, this.#cluster!.world.now));
  }
}

/** Dissociating the holder is a claim, too, where the cloud asks for it. */
function isClaim(call: Call, { self, traits }: Policy): boolean {
  if (call.kind === 'associate') return true;
  return (
    call.kind === 'dissociate' && call.instance !== self.instance && traits.associate === 'refusedWhileHeld'
  );
}

function sequenceOf(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return `${view.getUint32(layout.epochRandom[0])} ${view.getUint32(layout.sequence[0])}`;
}
