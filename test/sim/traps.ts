import type { Report } from '../../src/core/index.ts';
import type { Cluster, ClusterOptions, Host } from '../../src/sim/cluster.ts';
import type { Specimen } from './specimen.ts';

/**
 * Situations in which a rule matters. A trap tells what was wrong: names of invariants, or a word of its own. The
 * sound core passes each of them without a word; a core without the rule is told of.
 */
export type Trap = (specimen: Specimen) => readonly string[];

const minute = 60_000;

/** A group that is watched, in a network without chance. */
interface Scene {
  readonly cluster: Cluster;
  readonly reports: readonly Report[];
  readonly rules: () => string[];
  readonly host: (name: string) => Host;
  readonly run: (ms: number) => void;
  /** `1>2` cuts what lb1 sends to lb2; `w` is the witness. */
  readonly cut: (...links: readonly string[]) => void;
  readonly heal: (...links: readonly string[]) => void;
  /** Instants at which somebody gained the address. */
  readonly moves: (since: number) => number;
}

function scene({ Cluster, Invariants }: Specimen, options: Partial<ClusterOptions>): Scene {
  const invariants = new Invariants();
  const reports: Report[] = [];
  const cluster = new Cluster({ seed: 1, nodes: 3, associate: 'moves', ...options });
  invariants.attach(cluster);
  cluster.subscribe((_host, told) => {
    if (told.kind === 'report') reports.push(told.report);
  });
  Object.assign(cluster.network.weather, { delayMin: 1, delayMax: 1 });
  for (const { api } of cluster.hosts) Object.assign(api, { latencyMin: 40, latencyMax: 40 });
  return {
    cluster,
    reports,
    rules: () => [...new Set(invariants.violations.map(({ rule }) => rule))],
    host: (name) => cluster.hosts.find((one) => one.name === name)!,
    run: (ms) => cluster.run(ms),
    cut: (...links) => links.forEach((link) => void cluster.network.cut(...ends(link))),
    heal: (...links) => links.forEach((link) => void cluster.network.heal(...ends(link))),
    moves: (since) =>
      cluster.cloud.changes.filter(({ at, change }) => at > since && change === 'gained').length,
  };
}

function ends(link: string): [string, string] {
  const [from, to] = link.split('>').map((end) => (end === 'w' ? '10.9.0.1' : `10.0.0.${end}`));
  return [from!, to!];
}

/** All run, the first holds, and nothing has happened for a while. */
function settled(specimen: Specimen, options: Partial<ClusterOptions> = {}): Scene {
  const group = scene(specimen, options);
  for (const host of group.cluster.hosts) group.cluster.start(host);
  group.run(10_000);
  return group;
}

const both = (a: string, b: string) => [`${a}>${b}`, `${b}>${a}`];
const word = (said: string, when: boolean) => (when ? [said] : []);

/** A node that was taken for dead although it lives. */
const mistaken = ({ reports }: Scene, name: string) =>
  reports.some((one) => one.kind === 'peer' && one.peer.startsWith(name) && one.change === 'silent');

// --- Chance --------------------------------------------------------------------------------------------------------

/** Trials of the nemesis, one trap each: what their invariants say, and whether they ended well. */
export function seeds(from: number, count: number, force: Partial<ClusterOptions> = {}): Trap[] {
  return Array.from({ length: count }, (_, i) => ({ trial }: Specimen) => {
    const one = trial(from + i, force);
    const ended = [
      ...word('unsettled', one.convergedAfter === null),
      ...word('unreplaced', one.replacedAfter === null),
    ];
    return [...one.violations.map(({ rule }) => rule), ...ended];
  });
}

// --- Pauses and starts ---------------------------------------------------------------------------------------------

/** A successor sleeps while its reading is under way: what it knew is of before. */
export const sleepingClaimant: Trap = (specimen) => {
  const group = settled(specimen, { nodes: 2 });
  group.cluster.kill(group.host('lb1'));
  while (group.cluster.role(group.host('lb2')) !== 'taking over') group.run(1);
  group.cluster.pause(group.host('lb2'));
  group.run(5_000);
  group.cluster.resume(group.host('lb2'));
  group.run(10_000);
  return group.rules();
};

/** Two seconds of loss and two of sleep are no dead interval of silence: half of it nobody listened. */
export const shortSleep: Trap = (specimen) => {
  const group = settled(specimen, { nodes: 2 });
  group.cut('1>2');
  group.run(2_000);
  group.cluster.pause(group.host('lb2'));
  group.run(150);
  group.cluster.network.healAll();
  group.run(1_850);
  group.cluster.resume(group.host('lb2'));
  group.run(5_000);
  return word('mistaken', mistaken(group, 'lb1'));
};

/** No clock counts a pause, and what was sent meanwhile waits in the queue. */
export const uncounted: Trap = (specimen) => {
  const group = settled(specimen);
  group.cluster.pause(group.host('lb2'), 'none');
  group.run(20_000);
  group.cluster.resume(group.host('lb2'));
  group.run(2_000);
  return word(
    'unnoticed',
    !group.reports.some((one) => one.kind === 'role' && one.why.includes('missed us')),
  );
};

/** A starting node hears the other one, which does not hear it. */
export const unheardStart: Trap = (specimen) => {
  const group = scene(specimen, { nodes: 2 });
  group.cut('1>2');
  for (const host of group.cluster.hosts) group.cluster.start(host);
  group.run(5_000);
  return group.rules();
};

// --- Who may claim -------------------------------------------------------------------------------------------------

export const deafBackup: Trap = (specimen) => {
  const group = settled(specimen);
  group.cut('1>2');
  group.run(20_000);
  return group.rules();
};

/** The best node has no way to the only other one, which hears nothing of it and holds. */
export const deafHolder: Trap = (specimen) => {
  const group = settled(specimen, { nodes: 2, policy: { isolatedTakeoverAfterMs: null } });
  group.cut('1>2');
  group.run(20 * minute);
  return word('restless', group.moves(10 * minute) > 0);
};

/** Whoever has lost everybody keeps off. */
export const cutOff: Trap = (specimen) => {
  const group = settled(specimen, { policy: { isolatedTakeoverAfterMs: null } });
  group.cut(...both('1', '2'), ...both('1', '3'));
  group.run(20 * minute);
  return word('restless', group.moves(10 * minute) > 0);
};

/** The second hears nobody and could not claim; the third hears it, and the holder dies. */
export const deafBest: Trap = (specimen) => {
  const group = settled(specimen, { policy: { isolatedTakeoverAfterMs: null } });
  group.cut('1>2', '3>2');
  group.run(2 * minute);
  group.cluster.kill(group.host('lb1'));
  group.run(5 * minute);
  return word('vacant', !group.cluster.holders().includes('lb3'));
};

/** A group that heals must settle. */
const settles = (specimen: Specimen, group: Scene): string[] => [
  ...group.rules(),
  ...word('unsettled', specimen.settlement(group.cluster).convergedAfter === null),
];

export const equals: Trap = (specimen) =>
  settles(specimen, settled(specimen, { nodes: 2, associate: 'adds', priorities: [10, 10] }));

/** Two were parted for a while, and both hold by their own word. */
const reunited =
  (associate: ClusterOptions['associate']): Trap =>
  (specimen) => {
    const group = settled(specimen, { nodes: 2, associate });
    group.cut(...both('1', '2'));
    group.run(20_000);
    group.cluster.network.healAll();
    return settles(specimen, group);
  };
export const reunitedMoves = reunited('moves');
export const reunitedAdds = reunited('adds');

/** Two are parted for ever. Whoever lost the address leaves it to the other for longer and longer. */
export const parted: Trap = (specimen) => {
  const group = settled(specimen, { nodes: 2 });
  group.cut(...both('1', '2'));
  group.run(60 * minute);
  return word('restless', group.moves(10_000) > 14);
};

/** The successor's writes are accepted and never carried out: the next one has to get its turn. */
export const lostWrites: Trap = (specimen) => {
  const group = settled(specimen);
  group.host('lb2').api.lost = 1;
  group.cluster.kill(group.host('lb1'));
  group.run(2 * minute);
  return [...group.rules(), ...word('vacant', !group.cluster.holders().includes('lb3'))];
};

/** The successor's attempts to clear the address are accepted and never carried out. */
export const lostClears: Trap = (specimen) => {
  const group = settled(specimen, { associate: 'refusedWhileHeld' });
  group.host('lb2').api.lost = 1;
  group.cluster.kill(group.host('lb1'));
  group.run(20_000);
  return group.rules();
};

export const quietHour: Trap = (specimen) => {
  const group = settled(specimen);
  group.run(2 * minute);
  return group.rules();
};

// --- Fencing -------------------------------------------------------------------------------------------------------

/** The third is associated by somebody's hand, and lives or dies. */
const fenced =
  (dies: boolean): Trap =>
  (specimen) => {
    const group = settled(specimen, { associate: 'adds' });
    const [lb1, , lb3] = group.cluster.hosts;
    group.run(20_000);
    group.host('lb3').api.down = true;
    group.cluster.cloud.setHolders('198.51.100.50', [lb1!.instance, lb3!.instance], group.cluster.world.now);
    while (!group.cluster.state(lb1!)!.cloud.reading!.holders.includes(lb3!.instance)) group.run(100);
    group.run(8_000);
    if (dies) group.cluster.kill(lb3!);
    group.run(10_000);
    return group.rules();
  };
export const fencedDead = fenced(true);
export const fencedAlive = fenced(false);

/** The second fences the first, and the answer is late; the links heal, and the first holds again. */
export const lateFence: Trap = (specimen) => {
  const group = settled(specimen, { nodes: 2, associate: 'adds' });
  group.cut(...both('1', '2'));
  let fenced = false;
  group.cluster.subscribe((host, told) => {
    if (host.name !== 'lb2' || fenced || told.kind !== 'call' || told.change !== 'started') return;
    if (told.call.kind !== 'dissociate') return;
    fenced = true;
    Object.assign(host.api, { late: 1, operationMs: 9_000 });
  });
  while (!fenced) group.run(100);
  group.cluster.network.healAll();
  group.run(30_000);
  return word(
    'empty',
    group.cluster.cloud.changes.some(({ holders }) => holders.length === 0),
  );
};

/** A backup lets go of its own, the answer is late, and the holder dies: what it takes over it may yet lose. */
export const lateRelease: Trap = (specimen) => {
  const group = settled(specimen, { nodes: 2, associate: 'adds' });
  const { cloud, world } = group.cluster;
  const [lb1, lb2] = group.cluster.hosts;
  Object.assign(lb2!.api, { late: 1, operationMs: 4_000 });
  cloud.setHolders('198.51.100.50', [lb1!.instance, lb2!.instance], world.now);
  while (!cloud.calls.some(({ who, what }) => who === 'lb2' && what === 'dissociate')) group.run(100);
  Object.assign(lb2!.api, { late: 0, operationMs: 200 });
  group.cluster.kill(lb1!);
  group.run(minute);
  return [
    ...group.rules(),
    ...word(
      'empty',
      cloud.changes.some(({ holders }) => holders.length === 0),
    ),
  ];
};

// --- The failure detector ------------------------------------------------------------------------------------------

/** Two advertisements in a row are lost and the third is 99 ms late: a ratio of three bears that. */
export const twoLost: Trap = (specimen) => {
  const group = settled(specimen, { nodes: 4 });
  const { cluster } = group;
  const beat = group.cluster.state(group.host('lb1'))!.speech.nextBeatAt;
  cluster.world.runUntil(beat + 50);
  group.cut('1>4');
  Object.assign(cluster.network.weather, { delayMin: 100, delayMax: 100 });
  group.run(2_900);
  cluster.network.healAll();
  group.run(1_000);
  return word('mistaken', mistaken(group, 'lb1'));
};

/** A firewall suddenly rejects the probes of the backup; the advertisements of the holder go on. */
export const rejectedProbes: Trap = (specimen) => {
  const group = settled(specimen, { nodes: 2 });
  const refuse = () => group.cluster.tell(group.host('lb2'), { kind: 'refused', peer: '10.0.0.1' });
  for (let i = 0; i < 30; i++) group.cluster.world.after(i * 55, refuse);
  group.run(10_000);
  return group.rules();
};

/** The unit restarts a crashed holder within its grace. */
export const crashGrace: Trap = (specimen) => {
  const group = settled(specimen, { nodes: 2, policy: { crashGraceMs: 1_000 } });
  group.cluster.kill(group.host('lb1'));
  group.run(700);
  group.cluster.start(group.host('lb1'));
  group.run(20_000);
  return word('moved', group.moves(10_000) > 0);
};

// --- The quorum ----------------------------------------------------------------------------------------------------

/** A claimant loses its voters before it writes. */
export const lostVoters: Trap = (specimen) => {
  const group = settled(specimen, { quorum: true });
  group.cluster.kill(group.host('lb1'));
  while (group.cluster.role(group.host('lb2')) !== 'taking over') group.cluster.run(1);
  group.cut(...both('2', '3'));
  group.run(10_000);
  return group.rules();
};

const pair: Partial<ClusterOptions> = { nodes: 2, witnesses: 1, quorum: true };

/** Two that do not hear each other claim at once. The witness hears the second first, and the second it no more. */
export const twoClaims: Trap = (specimen) => {
  const group = scene(specimen, pair);
  const { network } = group.cluster;
  group.cut(...both('1', '2'));
  for (const host of group.cluster.hosts) group.cluster.start(host);
  for (const { api } of group.cluster.hosts) api.operationMs = 20_000;
  group.run(2_000);
  network.slow('10.0.0.1', '10.9.0.1', 100);
  while (group.cluster.state(group.host('w1'))!.support === null) group.run(1);
  group.run(10);
  group.cut('w>2');
  group.run(5_000);
  return group.rules();
};

/**
 * The same with five voters: the witness supports the first, is cut off from it, and starts anew. Its hold-off is
 * what keeps it from making a majority for the second, while the first may still count on it.
 */
export const forgetfulVoter: Trap = (specimen) => {
  const group = scene(specimen, { nodes: 4, witnesses: 1, quorum: true });
  const { cluster } = group;
  group.cut(...both('1', '2'), ...both('1', '3'));
  for (const { api } of cluster.hosts) api.operationMs = 20_000;
  for (const host of cluster.hosts) cluster.start(host);
  group.run(2_000);
  for (const to of ['10.0.0.4', '10.9.0.1']) cluster.network.slow('10.0.0.2', to, 100);
  while (cluster.state(group.host('w1'))!.support === null) group.run(1);
  group.run(10);
  group.cut(...both('1', 'w'));
  cluster.kill(group.host('w1'));
  cluster.start(group.host('w1'));
  group.run(5_000);
  return group.rules();
};

/**
 * The first is taking over slowly, supported by the witness alone, and loses it; the second does not hear the first.
 */
function partedClaimant(specimen: Specimen, before: (group: Scene) => void = () => {}): Scene {
  const group = scene(specimen, pair);
  before(group);
  group.cut(...both('1', '2'));
  group.host('lb1').api.operationMs = 25_000;
  group.cluster.start(group.host('lb1'));
  group.cluster.start(group.host('w1'));
  group.run(2_000);
  group.cluster.start(group.host('lb2'));
  group.run(6_000);
  return group;
}

export const lostWitness: Trap = (specimen) => {
  const group = partedClaimant(specimen);
  group.cut(...both('1', 'w'));
  group.run(8_000);
  return group.rules();
};

/** What the witness says to the first takes a second and a half: its promise is that much older when it is heard. */
export const slowPromise: Trap = (specimen) => {
  const group = partedClaimant(specimen);
  group.cluster.network.slow('10.9.0.1', '10.0.0.1', 1_500);
  group.run(5_000);
  group.cut('1>w');
  group.run(8_000);
  return group.rules();
};

/** The clock of the claimant is slow, that of the voter is fast, each by two and a half per cent. */
export const driftingClocks: Trap = (specimen) => {
  const group = partedClaimant(specimen, ({ host }) => {
    host('lb1').clock.rate = 0.976;
    host('w1').clock.rate = 1.024;
  });
  group.cut(...both('1', 'w'));
  group.run(8_000);
  return group.rules();
};

/** A claimant gives up, the witness hears it and is not heard, and supports the other; then the first claims again. */
export const claimAgain: Trap = (specimen) => {
  const group = scene(specimen, pair);
  const { cluster } = group;
  const says = (name: string, ok: boolean) => cluster.tell(group.host(name), { kind: 'health', ok });
  group.cut(...both('1', '2'));
  for (const host of cluster.hosts) cluster.start(host);
  says('lb2', false);
  while (cluster.role(group.host('lb1')) !== 'taking over') group.run(1);
  group.run(10);
  group.cut('w>1');
  says('lb1', false);
  says('lb2', true);
  group.run(100);
  says('lb1', true);
  group.run(2_000);
  return group.rules();
};

/** The better one returns and takes over; the holder does not hear that its voter follows. */
export const released: Trap = (specimen) => {
  const group = settled(specimen, pair);
  group.cluster.kill(group.host('lb1'));
  group.run(minute);
  group.cluster.start(group.host('lb1'));
  while (group.cluster.role(group.host('lb1')) !== 'taking over') group.run(1);
  group.cut('w>2');
  group.run(2_000);
  return group.rules();
};

/** The holder leaves and is deaf: the last word of its voters is still for it. */
export const deafFarewell: Trap = (specimen) => {
  const group = settled(specimen, pair);
  group.cut('2>1', 'w>1');
  group.cluster.command(group.host('lb1'), { kind: 'drain' });
  group.run(5_000);
  return group.rules();
};

/** The host of a holder rejects probes, and is cut off in all other ways: its voters are bound all the same. */
export const rejectingHolder: Trap = (specimen) => {
  const group = settled(specimen, { quorum: true });
  group.cut(...both('1', '2'), ...both('1', '3'));
  group.run(5);
  for (const name of ['lb2', 'lb3']) {
    for (let i = 0; i < 5; i++) group.cluster.tell(group.host(name), { kind: 'refused', peer: '10.0.0.1' });
  }
  group.run(5_000);
  return group.rules();
};

/** Two of five agree on other voters than the rest, and are parted from it. */
export const otherVoters: Trap = (specimen) => {
  const group = scene(specimen, { nodes: 4, witnesses: 1, quorum: true });
  const voters = ['10.0.0.1', '10.0.0.2'];
  group.cluster.start(group.host('lb1'), { quorum: { voters } });
  for (const host of group.cluster.hosts) group.cluster.start(host);
  for (const a of ['1', '2']) for (const b of ['3', '4', 'w']) group.cut(...both(a, b));
  group.run(15_000);
  return group.rules();
};

/** The holder is cut off from everybody, the cloud included. */
export const lostMajority: Trap = (specimen) => {
  const group = settled(specimen, { quorum: true });
  group.cut(...both('1', '2'), ...both('1', '3'));
  group.host('lb1').api.down = true;
  group.run(20_000);
  return group.rules();
};
