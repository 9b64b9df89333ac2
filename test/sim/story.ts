import { Cluster, type ClusterOptions, type Host, sharedAddress } from '../../src/sim/cluster.ts';
import { Invariants, type Violation } from '../../src/sim/proof/invariants.ts';

/**
 * A group in virtual time whose transcript is read: what the cloud changed, which role became which, and what was
 * done to whom. The invariants watch every story.
 */
export class Story extends Cluster {
  readonly violations: readonly Violation[];
  #beginning = 0;
  #skip = 0;

  constructor(options: Partial<ClusterOptions> = {}) {
    const invariants = new Invariants();
    super({ seed: 1, nodes: 3, associate: 'moves', ...options });
    invariants.attach(this);
    // No chance: a story keeps its times when somebody else throws the dice once more.
    Object.assign(this.network.weather, { delayMin: 1, delayMax: 1 });
    for (const { api } of this.hosts) Object.assign(api, { latencyMin: 40, latencyMax: 40 });
    this.violations = invariants.violations;
  }

  host(name: string): Host {
    const host = this.hosts.find((one) => one.name === name);
    if (!host) throw new Error(`no host ${name}`);
    return host;
  }

  startAll(): this {
    for (const host of this.hosts) this.start(host);
    return this;
  }

  /** From here on the story is told, and its clock begins. */
  begin(): this {
    this.#beginning = this.world.now;
    this.#skip = this.transcript.length;
    return this;
  }

  /** The lines that matter since the beginning, seconds to one decimal. */
  told(pattern = chapters): string {
    const lines = this.transcript.slice(this.#skip).filter((line) => pattern.test(line));
    return `\n${lines.map((line) => this.#retold(line)).join('\n')}\n`;
  }

  #retold(line: string): string {
    const [, seconds, what] = /^ *([\d.]+) {2}(.*)$/.exec(line)!;
    const since = (Number(seconds) - this.#beginning / 1000).toFixed(1);
    return `${since.padStart(6)}  ${what!.replace(/ \(10\.0\.0\.\d+\)/g, '')}`;
  }

  /** Milliseconds since the beginning in which the cloud gave the address to nobody. */
  vacantMs(): number {
    let sum = 0;
    let since: number | null = null;
    for (const { at, holders } of this.changes()) {
      if (holders.length === 0) since ??= at;
      else if (since !== null) {
        sum += at - since;
        since = null;
      }
    }
    return since === null ? sum : sum + this.world.now - since;
  }

  /** How often the address has come to another node since the beginning. */
  moves(since = this.#beginning): number {
    return this.changes(since).filter(({ change }) => change === 'gained').length;
  }

  changes(since = this.#beginning) {
    return this.cloud.changes.filter(({ at, address }) => address === sharedAddress && at >= since);
  }

  cut(...links: readonly `${number}>${number}`[]): this {
    for (const link of links) this.network.cut(...ends(link));
    return this;
  }
}

/** What a reader of a story wants to know. */
const chapters =
  / {2}(cloud|\w+): (.* (gained|lost) the address|[\w -]+ -> |starts|killed|paused|resumes|told to|has left)/;

function ends(link: string): [string, string] {
  const [from, to] = link.split('>');
  return [`10.0.0.${from}`, `10.0.0.${to}`];
}

/** All nodes run, the first holds, and nothing has happened for a while. */
export function settled(options: Partial<ClusterOptions> = {}): Story {
  const story = new Story(options).startAll();
  story.run(10_000);
  return story.begin();
}
