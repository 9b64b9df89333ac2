import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import type { FailureKind } from '../../src/core/index.ts';
import { type Provider, ProviderError } from '../../src/ports/provider.ts';
import type { Cloud, Timing } from '../../src/sim/cloud.ts';
import type { Effect, Faults } from '../../src/sim/serve.ts';

/**
 * A provider on machine `lb1` and the cloud behind it, with machines lb1, lb2 and lb3 that may all hold the address.
 */
export interface Stage {
  readonly provider: Provider;
  readonly cloud: Cloud;
  readonly faults: Faults;
  readonly address: string;
  id(name: string): string;
  close(): Promise<void>;
}

export interface StageOptions {
  /** Names of the holders at the start. */
  readonly holders?: readonly string[];
  readonly shared?: string;
  /** Default 5 ms. */
  readonly timing?: Timing;
}

/** What a cloud brings to be tested. */
export interface Contract {
  readonly name: string;
  open(options?: StageOptions): Promise<Stage>;
  /** The requests by which each method can be struck, as the simulator's record names them. */
  readonly commands: { readonly read: string; readonly associate: string; readonly dissociate: string };
  /** The cloud's own error answer with this status. */
  errorBody(status: number): unknown;
  /** Must never be seen in an error. */
  readonly secrets: readonly string[];
  /** Writes are answered without a body (204): then nothing of it can be truncated, and what is cut comes too late. */
  readonly emptyAnswers?: boolean;
}

/** The conformance suite: what "implements Provider" means, whatever the cloud. */
export function conforms(contract: Contract): void {
  describe(`${contract.name}: the contract`, () => {
    let stage: Stage;
    const open = async (options?: StageOptions): Promise<Stage> => {
      stage = await contract.open(options);
      return stage;
    };
    afterEach(() => stage.close());

    verbs(contract, open);
    waiting(contract, open);
    faults(contract, open);
  });
}

type Open = (options?: StageOptions) => Promise<Stage>;

const signal = () => AbortSignal.timeout(10_000);

function writes(stage: Stage): string[] {
  return stage.cloud.calls.filter(({ write }) => write).map(({ what }) => what);
}

/** What the promise is rejected with, which must be a ProviderError. */
export async function failureOf(promise: Promise<unknown>): Promise<ProviderError> {
  const error = await promise.then(
    (value) => expect.fail(`expected a failure, got ${inspect(value)}`),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ProviderError);
  return error as ProviderError;
}

function verbs(contract: Contract, open: Open): void {
  test('read: nobody, then the holder', async () => {
    const stage = await open();
    expect(await stage.provider.read(signal())).toMatchObject({ holders: [], pending: false });
    stage.cloud.setHolders(stage.address, [stage.id('lb2')], performance.now());
    expect(await stage.provider.read(signal())).toMatchObject({ holders: [stage.id('lb2')], pending: false });
  });

  test('identify: this machine, its node id and its own addresses', async () => {
    const stage = await open({ holders: ['lb1'] });
    const identity = await stage.provider.identify(signal());
    expect(identity.instance).toBe(stage.id('lb1'));
    expect(identity.node).toMatch(/^[0-9a-f]{32}$/);
    expect(identity.addresses.map(({ ip }) => ip)).not.toContain(stage.address);
    expect(identity.addresses.length).toBeGreaterThan(0);
  });

  test('associate twice in a row: the second time is success without a second write', async () => {
    const stage = await open();
    let accepted = 0;
    await stage.provider.associate(stage.id('lb1'), signal(), () => {
      accepted += 1;
    });
    expect(stage.cloud.holders(stage.address)).toEqual([stage.id('lb1')]);
    await stage.provider.associate(stage.id('lb1'), signal());
    expect(stage.cloud.holders(stage.address)).toEqual([stage.id('lb1')]);
    expect([accepted, writes(stage)]).toEqual([1, [contract.commands.associate]]);
  });

  test('dissociate twice in a row: the second time is success without a second write', async () => {
    const stage = await open({ holders: ['lb1'] });
    await stage.provider.dissociate(stage.id('lb1'), signal());
    expect(stage.cloud.holders(stage.address)).toEqual([]);
    await stage.provider.dissociate(stage.id('lb1'), signal());
    expect(writes(stage)).toEqual([contract.commands.dissociate]);
  });

  test('associating while another machine holds the address does what the traits say', async () => {
    const stage = await open({ holders: ['lb2'] });
    const [self, other] = [stage.id('lb1'), stage.id('lb2')];
    const attempt = stage.provider.associate(self, signal());
    const { associate } = stage.provider.traits;
    if (associate === 'refusedWhileHeld') {
      expect(await failureOf(attempt)).toMatchObject({ kind: 'conflict', mayHaveHappened: false });
    } else {
      await attempt;
    }
    const expected = { adds: [other, self], moves: [self], refusedWhileHeld: [other] };
    expect(stage.cloud.holders(stage.address)).toEqual(expected[associate]);
  });

  test('dissociating a machine that does not hold the address leaves its holder alone', async () => {
    const stage = await open({ holders: ['lb2'] });
    await stage.provider.dissociate(stage.id('lb3'), signal());
    expect([stage.cloud.holders(stage.address), writes(stage)]).toEqual([[stage.id('lb2')], []]);
  });

  test('dissociating another machine, where the cloud fences', async () => {
    const stage = await open({ holders: ['lb2'] });
    if (!stage.provider.traits.fences) return;
    await stage.provider.dissociate(stage.id('lb2'), signal());
    expect(stage.cloud.holders(stage.address)).toEqual([]);
  });

  test('a machine that is gone: dissociating it is success, describing it says so', async () => {
    const stage = await open({ holders: ['lb2'] });
    stage.cloud.setState(stage.id('lb2'), 'gone', performance.now());
    await stage.provider.dissociate(stage.id('lb2'), signal());
    expect(await stage.provider.describe(stage.id('lb2'), signal())).toMatchObject({ state: 'gone' });
  });

  test('describe: running, off', async () => {
    const stage = await open();
    const states = [];
    for (const state of ['running', 'off'] as const) {
      stage.cloud.setState(stage.id('lb2'), state, performance.now());
      const said = await stage.provider.describe(stage.id('lb2'), signal());
      expect(said).toMatchObject({ instance: stage.id('lb2') });
      states.push(said.state);
    }
    expect(states).toEqual(['running', 'off']);
  });

  test('an IPv6 address, however it is written', async () => {
    const stage = await open({ shared: '2001:db8::10' });
    await stage.provider.associate(stage.id('lb1'), signal());
    expect(await stage.provider.read(signal())).toMatchObject({ holders: [stage.id('lb1')] });
    await stage.provider.dissociate(stage.id('lb1'), signal());
    expect(await stage.provider.read(signal())).toMatchObject({ holders: [] });
  });
}

function waiting(contract: Contract, open: Open): void {
  test('a slow action is awaited to its end', async () => {
    const stage = await open({ timing: { reportsAfterMs: 700 } });
    const begun = performance.now();
    let acceptedAt = 0;
    await stage.provider.associate(stage.id('lb1'), signal(), () => {
      acceptedAt = performance.now();
    });
    expect(stage.cloud.holders(stage.address)).toEqual([stage.id('lb1')]);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(700);
    expect(acceptedAt - begun).toBeLessThan(700);
  });

  test('aborting ends the waiting, not the action', async () => {
    const stage = await open({ timing: { reportsAfterMs: 400 } });
    const caller = new AbortController();
    const attempt = failureOf(stage.provider.associate(stage.id('lb1'), caller.signal, () => caller.abort()));
    expect(await attempt).toMatchObject({ kind: 'unavailable', mayHaveHappened: true });
    const changed = new Promise((resolve) => stage.cloud.onChange(resolve));
    expect(await changed).toMatchObject({ instance: stage.id('lb1'), change: 'gained' });
  });

  test('aborting a request that hangs ends it', async () => {
    const stage = await open();
    await stage.provider.read(signal());
    stage.faults.add({ what: contract.commands.read, effect: { kind: 'hang', at: 'headers' } });
    const error = await failureOf(stage.provider.read(AbortSignal.timeout(100)));
    expect(error).toMatchObject({ kind: 'unavailable', mayHaveHappened: false });
  });

  test('with a signal that is aborted already, nothing is written', async () => {
    const stage = await open();
    const error = await failureOf(stage.provider.associate(stage.id('lb1'), AbortSignal.abort()));
    expect([error.kind, error.mayHaveHappened, writes(stage)]).toEqual(['unavailable', false, []]);
  });

  test('an action that fails is a failure; one that happens late after all is seen by a read', async () => {
    const stage = await open({ timing: { reportsAfterMs: 5, appliesAfterMs: 300, fails: 'capacity' } });
    const changed = new Promise((resolve) => stage.cloud.onChange(resolve));
    await failureOf(stage.provider.associate(stage.id('lb1'), signal()));
    await changed;
    expect(await stage.provider.read(signal())).toMatchObject({ holders: [stage.id('lb1')] });
  });
}

/** Each fault with the kind of a read; a write has the same, and may have happened where `unsure`. */
function faultTable(
  contract: Contract,
): [string, Effect, FailureKind, { unsure: boolean; retryAfterMs?: number }][] {
  const status = (code: number, headers: Record<string, string> = {}): Effect => ({
    kind: 'answer',
    status: code,
    headers,
    body: contract.errorBody(code),
  });
  return [
    ['401', status(401), 'denied', { unsure: false }],
    ['403', status(403), 'denied', { unsure: false }],
    [
      '429 with Retry-After',
      status(429, { 'retry-after': '7' }),
      'throttled',
      { unsure: false, retryAfterMs: 7000 },
    ],
    [
      '503 with Retry-After',
      status(503, { 'retry-after': '2' }),
      'throttled',
      { unsure: false, retryAfterMs: 2000 },
    ],
    ['500', status(500), 'unavailable', { unsure: true }],
    ['503', status(503), 'unavailable', { unsure: true }],
    ['a redirect', status(302, { location: 'http://127.0.0.1:1/' }), 'unavailable', { unsure: true }],
    ['a page of HTML', { kind: 'html' }, 'unavailable', { unsure: true }],
    ['a page of HTML with status 200', { kind: 'html', status: 200 }, 'unavailable', { unsure: true }],
    ['a page of HTML with status 404', { kind: 'html', status: 404 }, 'unavailable', { unsure: true }],
    ['truncated JSON', { kind: 'truncated' }, 'unavailable', { unsure: true }],
    ['a cut before acting', { kind: 'cut', when: 'before' }, 'unavailable', { unsure: true }],
    ['a cut after acting', { kind: 'cut', when: 'after' }, 'unavailable', { unsure: true }],
    ['a cut in the body', { kind: 'cut', when: 'body' }, 'unavailable', { unsure: true }],
    [
      'JSON of another shape',
      { kind: 'answer', status: 200, body: ['what'] },
      'unavailable',
      { unsure: true },
    ],
  ];
}

function faults(contract: Contract, open: Open): void {
  const table = faultTable(contract);

  test.each(table)('%s: a read fails', async (_name, effect, kind, { retryAfterMs }) => {
    const stage = await open();
    await stage.provider.read(signal());
    stage.faults.add({ what: contract.commands.read, effect });
    const error = await failureOf(stage.provider.read(signal()));
    expect(error).toMatchObject({ kind, mayHaveHappened: false, retryAfterMs });
    presentable(contract, stage, error);
  });

  const lacksBody = ([, { kind }]: (typeof table)[number]) => kind === 'truncated';
  const ofWrites = table.filter((row) => contract.emptyAnswers !== true || !lacksBody(row));
  test.each(ofWrites)('%s: a write fails, once', async (_name, effect, kind, { unsure, retryAfterMs }) => {
    const stage = await open();
    await stage.provider.read(signal());
    stage.faults.add({ what: contract.commands.associate, effect });
    const error = await failureOf(stage.provider.associate(stage.id('lb1'), signal()));
    expect(error).toMatchObject({ kind, mayHaveHappened: unsure, retryAfterMs });
    expect(writes(stage)).toEqual([contract.commands.associate]);
    presentable(contract, stage, error);
  });

  test('a cloud that is not there: unavailable, and a write has not happened', async () => {
    const stage = await open();
    await stage.provider.read(signal());
    await stage.close();
    const error = await failureOf(stage.provider.read(signal()));
    expect(error).toMatchObject({ kind: 'unavailable', mayHaveHappened: false });
    presentable(contract, stage, error);
  });
}

/** One line that begins with the provider's name and nowhere holds a secret, however deep one looks. */
function presentable(contract: Contract, stage: Stage, error: ProviderError): void {
  expect(error.message.startsWith(`${stage.provider.name}: `)).toBe(true);
  expect(error.message).not.toMatch(/[\r\n]/);
  const everything = inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error);
  for (const secret of contract.secrets) expect(everything).not.toContain(secret);
}
