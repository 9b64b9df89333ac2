import { afterEach, describe, expect, test, vi } from 'vitest';
import { type CloudOptions, type ServedCloud, serveCloud } from '../../providers/simulators.ts';
import { pollAfterMs } from '../../providers/vultr/addresses.ts';
import { vultr } from '../../providers/vultr/provider.ts';
import type { Quirks } from '../../providers/vultr/simulator/quirks.ts';
import { Secret } from '../../src/config/secret.ts';
import type { Provider, ProviderSettings } from '../../src/ports/provider.ts';
import type { SimAddress, SimInstance } from '../../src/sim/cloud.ts';
import type { Effect } from '../../src/sim/serve.ts';
import { cloudHere } from '../../src/watchdog/cloud-access.ts';
import { addressResource } from '../../src/wire/resource.ts';
import { conforms, failureOf, type Stage } from './contract.ts';

const IP = '203.0.113.10';
const SIX = '2001:db8:40::10';
const UNKNOWN = '1b000000-0000-4000-8000-0000000000ff';

function settingsOf(served: ServedCloud, address = IP, name = 'lb1'): ProviderSettings {
  return {
    resource: addressResource(address),
    endpoint: served.endpoint,
    metadata: served.metadata,
    source: served.machine(name).nics[0]!.addresses[0]!,
    credentials: { token: new Secret(served.tokenOf(name)) },
  };
}

interface VultrStage extends Stage {
  readonly served: ServedCloud;
}

async function open(options: CloudOptions = {}, address = IP): Promise<VultrStage> {
  const served = await serveCloud({
    flavour: 'vultr',
    timing: { reportsAfterMs: 5 },
    shared: [address],
    ...options,
  });
  return {
    served,
    provider: vultr.create(settingsOf(served, address)),
    cloud: served.cloud,
    faults: served.faults,
    address,
    id: (name) => served.machine(name).id,
    close: served.close,
  };
}

// The simulator's credential: no error may hold it, nor what metadata keeps secret.
const CANARIES = ['dop_v1_simulated000000000000000000000000lb1', 'simulated-user-data-secret'];

conforms({
  name: 'vultr',
  open: ({ shared, ...options } = {}) => open(options, shared),
  commands: {
    read: 'get-reserved-ip',
    associate: 'attach-reserved-ip',
    dissociate: 'detach-reserved-ip',
  },
  // An answer that repeats the credentials must not carry them into an error.
  errorBody: (status) => ({ error: `canary ${CANARIES[0]}\n\u001b[31m`, status }),
  secrets: CANARIES,
  emptyAnswers: true,
});

const signal = () => AbortSignal.timeout(10_000);

let stage: VultrStage;
let isOpen = false;
const on = async (options?: CloudOptions, address?: string) => {
  stage = await open(options, address);
  isOpen = true;
  return stage;
};
const quirky = (quirks: Quirks, options: CloudOptions = {}, address?: string) =>
  on({ ...options, quirks }, address);
const provider = (): Provider => stage.provider;
const holders = () => stage.cloud.holders(stage.address);
const asked = () => stage.cloud.calls.map(({ what }) => what);
const writes = () => stage.cloud.calls.filter(({ write }) => write).map(({ what }) => what);
const setHolders = (...names: string[]) =>
  stage.cloud.setHolders(stage.address, names.map(stage.id), performance.now());
const strike = (what: string | RegExp, status: number, error: string, times?: number) =>
  stage.faults.add({
    what,
    ...(times !== undefined && { times }),
    effect: { kind: 'answer', status, body: { error, status } },
  });
/** Somebody else acts when this request arrives, between our look and its effect. */
const meanwhile = (what: string, act: () => void) =>
  stage.cloud.onCall((call) => {
    if (call.what === what) act();
  });

afterEach(async () => {
  vi.restoreAllMocks();
  if (!isOpen) return;
  isOpen = false;
  // Whatever happened: nothing but what Vultr knows, and never a restart.
  expect(asked()).not.toContain('nothing');
  await stage.close();
});

describe('vultr: a takeover', () => {
  test('one look, one write and one confirmation for each half, and no more', async () => {
    await on({ holders: ['lb2'], timing: { reportsAfterMs: 0 } });
    await provider().identify(signal());
    await provider().read(signal());
    const before = stage.cloud.calls.length;
    await provider().dissociate(stage.id('lb2'), signal());
    await provider().associate(stage.id('lb1'), signal());
    await provider().read(signal());
    const calls = stage.cloud.calls.slice(before).map(({ what, subject }) => [what, subject]);
    expect(calls).toEqual([
      ['get-reserved-ip', null],
      ['detach-reserved-ip', stage.id('lb2')],
      ['get-reserved-ip', null],
      ['get-reserved-ip', null],
      ['attach-reserved-ip', stage.id('lb1')],
      ['get-reserved-ip', null],
      ['get-reserved-ip', null],
    ]);
    expect(holders()).toEqual([stage.id('lb1')]);
  });

  test('an address that another machine holds is not asked for, even if the API would move it', async () => {
    await on({ holders: ['lb2'] });
    const { holdings, ...rest } = stage.cloud.addresses.get(IP)!;
    stage.cloud.addresses.set(IP, { ...rest, mode: 'moves', holdings } as SimAddress);
    const error = await failureOf(provider().associate(stage.id('lb1'), signal()));
    expect([error.kind, error.mayHaveHappened, writes()]).toEqual(['conflict', false, []]);
    expect(error.message).toContain(stage.id('lb2'));
  });

  test.each([
    [400, false],
    [409, false],
    [500, true],
  ] as const)('another machine was faster, told by %i: conflict', async (heldStatus, mayHaveHappened) => {
    await quirky({ heldStatus });
    meanwhile('attach-reserved-ip', () => setHolders('lb2'));
    const error = await failureOf(provider().associate(stage.id('lb1'), signal()));
    expect(error).toMatchObject({ kind: 'conflict', mayHaveHappened });
  });

  test('another machine was faster, told in words that nobody knows: the state tells', async () => {
    await on();
    await provider().read(signal());
    strike('attach-reserved-ip', 400, 'no');
    meanwhile('attach-reserved-ip', () => setHolders('lb2'));
    const error = await failureOf(provider().associate(stage.id('lb1'), signal()));
    expect(error.kind).toBe('conflict');
    expect(error.message).toContain(stage.id('lb2'));
  });

  test.each(['success', 400] as const)(
    'attached by another call meanwhile (%s): success',
    async (attachTwice) => {
      await quirky({ attachTwice });
      meanwhile('attach-reserved-ip', () => setHolders('lb1'));
      await provider().associate(stage.id('lb1'), signal());
      expect(holders()).toEqual([stage.id('lb1')]);
    },
  );

  test.each(['success', 400] as const)(
    'detached by another call meanwhile (%s): success',
    async (detachFree) => {
      await quirky({ detachFree }, { holders: ['lb2'] });
      meanwhile('detach-reserved-ip', () => setHolders());
      await provider().dissociate(stage.id('lb2'), signal());
      expect(holders()).toEqual([]);
    },
  );

  test('free by the look, still attached by the next write: conflict, and the second try succeeds', async () => {
    await on({ holders: ['lb2'] });
    await provider().dissociate(stage.id('lb2'), signal());
    // https://github.com/vultr/terraform-provider-vultr/issues/77
    strike('attach-reserved-ip', 400, 'Floating IPv4 address is already attached to another server', 1);
    const error = await failureOf(provider().associate(stage.id('lb1'), signal()));
    expect(error).toMatchObject({ kind: 'conflict', mayHaveHappened: false });
    await provider().associate(stage.id('lb1'), signal());
    expect(holders()).toEqual([stage.id('lb1')]);
  });

  test('accepted, but another machine has it in the end: conflict, at once', async () => {
    await on({ timing: { reportsAfterMs: 10_000 } });
    const attempt = provider().associate(stage.id('lb1'), signal(), () => setHolders('lb3'));
    const error = await failureOf(attempt);
    expect(error).toMatchObject({ kind: 'conflict', mayHaveHappened: true });
    expect(error.message).toContain(stage.id('lb3'));
  });

  test('a machine that is unknown: missing', async () => {
    await on();
    expect((await failureOf(provider().associate(UNKNOWN, signal()))).kind).toBe('missing');
    expect((await failureOf(provider().associate('../x', signal()))).kind).toBe('missing');
    await provider().dissociate(UNKNOWN, signal());
    expect(writes()).toEqual(['attach-reserved-ip']);
  });

  test.each([400, 404] as const)('a machine that is unknown by %i: missing', async (unknownInstance) => {
    await quirky({ unknownInstance });
    const error = await failureOf(provider().associate(UNKNOWN, signal()));
    expect(error.kind).toBe('missing');
    expect(error.message).toMatch(/no instance/);
  });

  test('what was accepted and lost sight of is pending until it is seen', async () => {
    await on({ timing: { reportsAfterMs: 300 } });
    const caller = new AbortController();
    await failureOf(provider().associate(stage.id('lb1'), caller.signal, () => caller.abort()));
    const changed = new Promise((resolve) => stage.cloud.onChange(resolve));
    expect(await provider().read(signal())).toMatchObject({ holders: [], pending: true });
    await changed;
    expect(await provider().read(signal())).toMatchObject({ holders: [stage.id('lb1')], pending: false });
  });

  test('what is not seen within a minute is pending no longer', async () => {
    await on({ timing: { reportsAfterMs: null } });
    const caller = new AbortController();
    await failureOf(provider().associate(stage.id('lb1'), caller.signal, () => caller.abort()));
    const now = performance.now() + 59_000;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
    expect((await provider().read(signal())).pending).toBe(true);
    clock.mockImplementation(() => now + 1_001);
    expect((await provider().read(signal())).pending).toBe(false);
  });

  test('a look that fails leaves the end of what was accepted unknown', async () => {
    await on();
    const accepted = () => {
      strike('get-reserved-ip', 429, 'Rate limit reached');
    };
    const error = await failureOf(provider().associate(stage.id('lb1'), signal(), accepted));
    expect(error).toMatchObject({ kind: 'throttled', mayHaveHappened: true, retryAfterMs: 1000 });
  });

  test.each([
    [0, 100],
    [299, 100],
    [300, 250],
    [4_999, 250],
    [5_000, 1_000],
    [60_000, 1_000],
  ])('an action that was accepted %i ms ago is looked for again after %i ms', (ranMs, waitMs) => {
    expect(pollAfterMs(ranMs)).toBe(waitMs);
  });
});

describe('vultr: refusals', () => {
  test.each([
    ['Server is currently locked', 500, 'conflict', true],
    ['Instance is locked', 500, 'conflict', true],
    ['Try later', 500, 'unavailable', true],
    ['Server is currently locked', 400, 'conflict', false],
    ['Try later', 400, 'conflict', false],
  ] as const)(
    'a locked instance, "%s" with %i: %s',
    async (lockedText, lockedStatus, kind, mayHaveHappened) => {
      await quirky({ locked: ['lb1'], lockedText, lockedStatus });
      const error = await failureOf(provider().associate(stage.id('lb1'), signal()));
      expect(error).toMatchObject({ kind, mayHaveHappened });
      if (kind === 'conflict') expect(error.message).toMatch(/locked.*another action .* has to end first/);
      expect(writes()).toEqual(['attach-reserved-ip']);
    },
  );

  test('the word clock tells of no lock', async () => {
    await on();
    strike('attach-reserved-ip', 500, 'clock skew');
    expect((await failureOf(provider().associate(stage.id('lb1'), signal()))).kind).toBe('unavailable');
  });

  test('Vultr does not let go of it: conflict, who may restart is said, and nobody is restarted', async () => {
    await quirky({ stuck: ['lb2'] }, { holders: ['lb2'] });
    const error = await failureOf(provider().dissociate(stage.id('lb2'), signal()));
    expect(error).toMatchObject({ kind: 'conflict', mayHaveHappened: false });
    expect(error.message).toMatch(/restart or stop that machine in the portal, ha-ip never does/);
    expect(writes()).toEqual(['detach-reserved-ip']);
  });

  test('an address that the key may not be used from: denied, with what to add and where', async () => {
    await quirky({ allowed: ['198.51.100.0/24'] });
    const error = await failureOf(provider().identify(signal()));
    expect(error.kind).toBe('denied');
    expect(error.message).toMatch(/401: Unauthorized IP address: 127\.0\.0\.11; .*add 127\.0\.0\.11\/32/);
    expect(error.message).toMatch(/Account, API, Access Control.*every machine/);
  });

  test('the same with an IPv6 address', async () => {
    await on();
    strike('get-instance', 401, 'Unauthorized IP address: 2001:db8::5');
    const error = await failureOf(provider().identify(signal()));
    expect(error.message).toMatch(/add 2001:db8::5\/128/);
  });

  test('the same without an address', async () => {
    await on();
    strike('get-instance', 401, 'Unauthorized IP');
    const error = await failureOf(provider().identify(signal()));
    expect(error.message).toMatch(/the key may be right, but not from here: add 127\.0\.0\.11\/32/);
  });

  test('calls leave from the main address, which the allow-list knows', async () => {
    await quirky({ allowed: ['127.0.0.11/32'] });
    await provider()
      .associate(stage.id('lb1'), signal())
      .catch(() => {});
    await provider().identify(signal());
    await provider().associate(stage.id('lb1'), signal());
    expect(holders()).toEqual([stage.id('lb1')]);
  });

  test('a wrong key: denied, and the allow-list is named too', async () => {
    await on();
    const other = vultr.create({ ...settingsOf(stage.served), credentials: { token: new Secret('wrong') } });
    const error = await failureOf(other.read(signal()));
    expect(error.kind).toBe('denied');
    expect(error.message).toMatch(
      /401: Invalid API token.*check the API key.*add this machine's address 127\.0\.0\.11/,
    );
  });

  test('a right that is missing: denied, with the right', async () => {
    await on();
    await provider().read(signal());
    strike('attach-reserved-ip', 403, 'Forbidden');
    const error = await failureOf(provider().associate(stage.id('lb1'), signal()));
    expect(error.kind).toBe('denied');
    expect(error.message).toMatch(/Subscriptions/);
  });

  test('404 that is not in the form of Vultr says nothing about what exists', async () => {
    await on({ holders: ['lb2'] });
    await provider().read(signal());
    stage.faults.add({ effect: { kind: 'answer', status: 404, body: { message: 'no route' } } });
    expect((await failureOf(provider().read(signal()))).kind).toBe('unavailable');
    expect((await failureOf(provider().describe(stage.id('lb2'), signal()))).kind).toBe('unavailable');
  });

  test('an API that knows no path at all does not make machines gone', async () => {
    await on({ holders: ['lb2'] });
    await provider().read(signal());
    strike(/.*/, 404, 'Invalid API path');
    await failureOf(provider().describe(stage.id('lb2'), signal()));
  });

  test.each([429, 503] as const)(
    'more than the API allows (%i): throttled for the time it says',
    async (status) => {
      await quirky({ rateLimit: { perSecond: 6, status, retryAfterS: 3 } });
      const attempts = Array.from({ length: 8 }, () =>
        provider()
          .read(signal())
          .catch((error) => error),
      );
      const errors = (await Promise.all(attempts)).filter((result) => result instanceof Error);
      expect(errors.length).toBeGreaterThan(0);
      for (const error of errors) expect(error).toMatchObject({ kind: 'throttled', retryAfterMs: 3000 });
    },
  );

  test.each([429, 503] as const)(
    'without Retry-After (%i): a second, which is what the limit counts by',
    async (status) => {
      await quirky({ rateLimit: { perSecond: 0, status } });
      const error = await failureOf(provider().read(signal()));
      expect(error).toMatchObject({ kind: 'throttled', retryAfterMs: 1000 });
    },
  );

  test('after a refusal for too many requests, what can wait is not sent, and a claim is', async () => {
    await on();
    await provider().read(signal());
    strike('get-reserved-ip', 429, 'Rate limit reached', 1);
    await failureOf(provider().read(signal()));
    const before = stage.cloud.calls.length;
    const error = await failureOf(provider().read(signal(), { background: true }));
    expect(error.kind).toBe('throttled');
    expect(error.retryAfterMs).toBeGreaterThan(0);
    expect(stage.cloud.calls.length).toBe(before);
    await provider().associate(stage.id('lb1'), signal());
    expect(holders()).toEqual([stage.id('lb1')]);
    const later = performance.now() + 1001;
    vi.spyOn(performance, 'now').mockImplementation(() => later);
    await provider().read(signal(), { background: true });
  });
});

describe('vultr: whether it has arrived', () => {
  test.each<[string, Quirks, boolean | null]>([
    ['metadata names it', {}, true],
    ['the API lists it, metadata does not name it', { metadataNames: false }, false],
    ['neither says a word', { metadataNames: false, listNames: false }, null],
    ['metadata alone', { listNames: false }, true],
  ])('%s', async (_name, quirks, delivered) => {
    for (const address of [IP, SIX]) {
      await quirky(quirks, { holders: ['lb1'] }, address);
      const view = await provider().read(signal());
      expect(view.delivered).toBe(delivered);
      if (delivered === false)
        expect(view.deliveryAdvice).toMatch(
          /attached by the API.*restart through.*portal.*ha-ip never restarts/,
        );
      else expect(view.deliveryAdvice).toBeUndefined();
      if (address === IP) await stage.close();
    }
  });

  test('nothing is said of an address that another machine has', async () => {
    await quirky({ metadataNames: false }, { holders: ['lb2'] });
    expect(await provider().read(signal())).toEqual({ holders: [stage.id('lb2')], pending: false });
  });

  test('a fresh attachment is given ten seconds', async () => {
    await quirky({ metadataNames: false });
    await provider().associate(stage.id('lb1'), signal());
    await provider().read(signal());
    const before = stage.cloud.calls.length;
    expect((await provider().read(signal())).delivered).toBe(null);
    expect(stage.cloud.calls.length).toBe(before + 1);
    const later = performance.now() + 10_001;
    vi.spyOn(performance, 'now').mockImplementation(() => later);
    expect((await provider().read(signal())).delivered).toBe(false);
  });

  test.each<[string, string, Effect]>([
    ['metadata hangs', 'metadata json', { kind: 'hang', at: 'headers' }],
    ['metadata is broken', 'metadata json', { kind: 'truncated' }],
    ['the list fails', 'get-instance-ipv4', { kind: 'html' }],
  ])('%s: nothing is said, and the reading is good', async (_name, what, effect) => {
    await quirky({ metadataNames: what === 'metadata json' }, { holders: ['lb1'] });
    await provider().identify(signal());
    stage.faults.add({ what, effect });
    const begun = performance.now();
    expect(await provider().read(signal())).toEqual({
      holders: [stage.id('lb1')],
      pending: false,
      delivered: null,
    });
    expect(performance.now() - begun).toBeLessThan(2_000);
  });

  test('metadata of another machine says nothing of this one', async () => {
    await quirky({}, { holders: ['lb2'] });
    const given = vultr.create({ ...settingsOf(stage.served), instance: stage.id('lb2') });
    expect((await given.read(signal())).delivered).toBe(null);
  });
});

describe('vultr: who is who', () => {
  test('identify: the node id is the UUID of the instance, and the region is as the API writes it', async () => {
    await on({ holders: ['lb1'] });
    expect(await provider().identify(signal())).toEqual({
      instance: '1b000000-0000-4000-8000-000000000001',
      node: '1b000000000040008000000000000001',
      name: 'lb1',
      zone: 'fra',
      addresses: [{ ip: '127.0.0.11', network: 'public', private: false }],
    });
  });

  const inside = [
    ['127.0.0.11', '10.40.0.3'],
    ['127.0.0.12', '10.40.0.4'],
  ];

  test('private addresses carry their VPC, the same for the machine itself and for the group', async () => {
    await on({ machines: inside });
    const own = (await provider().identify(signal())).addresses.find((one) => one.private)!;
    const members = await provider().members!('ha-ip', signal());
    const all = members.flatMap(({ addresses }) => addresses.filter((one) => one.private));
    expect(all.map(({ ip }) => ip)).toEqual(['10.40.0.3', '10.40.0.4']);
    expect(new Set([...all, own].map(({ network }) => network)).size).toBe(1);
  });

  test('where two VPCs have the same range, nobody is taken for a neighbour', async () => {
    await on({ machines: inside });
    const far: SimInstance = {
      ...stage.served.machine('lb2'),
      id: UNKNOWN,
      nics: [{ id: 'n', network: 'other', default: true, addresses: ['127.0.0.77', '10.40.0.4'] }],
    };
    stage.cloud.instances.set(far.id, far);
    const members = await provider().members!('ha-ip', signal());
    const networks = members.flatMap(({ addresses }) => addresses.filter((one) => one.private));
    expect(new Set(networks.map(({ network }) => network)).size).toBe(3);
  });

  test.each([403, 404, 401])('VPCs that cannot be listed (%i) do not matter', async (status) => {
    await on({ machines: inside });
    strike('list-vpcs', status, 'no');
    const { addresses } = await provider().identify(signal());
    expect(addresses.map(({ ip }) => ip)).toEqual(['127.0.0.11', '10.40.0.3']);
  });

  test.each([false, true])('IPv6 addresses of an instance (specification: %s)', async (v6Networks) => {
    await quirky({ v6Networks }, { machines: [['127.0.0.11', '2001:db8:7::1']] });
    const { addresses } = await provider().identify(signal());
    expect(addresses.map(({ ip }) => ip)).toEqual(['127.0.0.11', '2001:db8:7::1']);
  });

  test('the instance id may be given; metadata is then not asked', async () => {
    await on();
    const instance = stage.id('lb2').toUpperCase();
    const given = { ...settingsOf(stage.served), instance, metadata: 'http://127.0.0.1:1' };
    expect(await vultr.create(given).identify(signal())).toMatchObject({ instance: stage.id('lb2') });
  });

  test.each<[string, object]>([
    ['another main address', { interfaces: [{ 'network-type': 'public', ipv4: { address: '192.0.2.1' } }] }],
    ['another region', { region: { regioncode: 'EWR' } }],
  ])('metadata with %s than the API is not believed', async (_name, lie) => {
    await on();
    stage.faults.add({ what: 'metadata json', effect: metadata(lie) });
    const error = await failureOf(provider().identify(signal()));
    expect(error.kind).toBe('rejected');
    expect(error.message).toMatch(/but metadata says/);
  });

  test('the public interface counts, wherever it stands', async () => {
    await on();
    const [inner, outer] = [
      { 'network-type': 'private', ipv4: { address: '10.40.0.3' } },
      { 'network-type': 'public', ipv4: { address: '127.0.0.11' } },
    ];
    stage.faults.add({ what: 'metadata json', effect: metadata({ interfaces: [inner, outer] }) });
    expect(await provider().identify(signal())).toMatchObject({ instance: stage.id('lb1') });
  });

  test('metadata that names an instance of another account: missing', async () => {
    await on();
    stage.faults.add({ what: 'metadata json', effect: metadata({ 'instance-v2-id': UNKNOWN }) });
    expect((await failureOf(provider().identify(signal()))).kind).toBe('missing');
  });

  test.each<[string, Effect]>([
    ['no JSON', { kind: 'answer', status: 200, body: 'hello' }],
    ['an old id', metadata({ 'instance-v2-id': '42506000' })],
    ['no id', { kind: 'answer', status: 200, body: { 'user-data': 'simulated-user-data-secret' } }],
    ['no region', metadata({ region: {} })],
    ['a redirect', { kind: 'answer', status: 302, headers: { location: 'http://127.0.0.1:1/' }, body: '' }],
    ['far too much', { kind: 'answer', status: 200, body: 'x'.repeat(3_000_000) }],
    ['half of it', { kind: 'truncated' }],
    ['nothing within a second', { kind: 'hang', at: 'headers' }],
    ['404', { kind: 'answer', status: 404, body: 'not found\n' }],
  ])('metadata answers %s: an error that says what to do, without what it holds', async (name, effect) => {
    await on();
    stage.faults.add({ what: 'metadata json', effect });
    const error = await failureOf(provider().identify(signal()));
    expect(error.kind).toBe(name === '404' ? 'missing' : 'unavailable');
    expect(error.message).toMatch(/--instance|redirect|metadata/);
    expect(error.message).not.toContain('secret');
  });

  test('a holder that is a bare-metal machine is not gone', async () => {
    await quirky({ bareMetal: [UNKNOWN] });
    expect(await provider().describe(UNKNOWN, signal())).toEqual({
      instance: UNKNOWN,
      state: 'unknown',
      addresses: [],
    });
  });

  test.each([400, 404] as const)('a machine that is unknown by %i is gone', async (unknownInstance) => {
    await quirky({ unknownInstance });
    expect((await provider().describe(UNKNOWN, signal())).state).toBe('gone');
  });

  test('an answer about another machine is not believed', async () => {
    await on();
    const listed = await api('/instances');
    const [lb1] = (listed.body as { instances: object[] }).instances;
    const effect = { kind: 'answer', status: 200, body: { instance: lb1 } } as const;
    stage.faults.add({ what: 'get-instance', effect });
    expect((await failureOf(provider().describe(stage.id('lb2'), signal()))).kind).toBe('unavailable');
  });

  test('a machine that is listed is not gone, whatever its own path answers', async () => {
    await on();
    strike('get-instance', 404, 'Invalid instance ID.');
    expect((await provider().describe(stage.id('lb2'), signal())).state).toBe('running');
  });

  test.each([
    ['running', {}, 'running'],
    ['off', {}, 'off'],
    ['unknown', {}, 'unknown'],
    ['running', { locked: ['lb2'] }, 'running'],
    ['off', { locked: ['lb2'] }, 'unknown'],
  ] as const)('a machine that is %s, with %j, is %s', async (state, quirks, expected) => {
    await quirky(quirks);
    stage.cloud.setState(stage.id('lb2'), state, performance.now());
    expect((await provider().describe(stage.id('lb2'), signal())).state).toBe(expected);
  });

  /** The simulator's own metadata of lb1, with some of it changed. */
  function metadata(lie: object): Effect {
    const body = {
      'instance-v2-id': '1b000000-0000-4000-8000-000000000001',
      region: { regioncode: 'FRA' },
      interfaces: [{ 'network-type': 'public', ipv4: { address: '127.0.0.11' } }],
      'user-data': 'simulated-user-data-secret',
      ...lie,
    };
    return { kind: 'answer', status: 200, body };
  }
});

describe('vultr: the group', () => {
  const names = async (group: string) =>
    (await provider().members!(group, signal())).map(({ name, state }) => `${name} ${state}`);
  const add = (changes: Partial<SimInstance>) => {
    const stranger = { ...stage.served.machine('lb3'), id: UNKNOWN, name: 'other', ...changes };
    stage.cloud.instances.set(stranger.id, stranger);
  };
  const inside = ['127.0.0.11', '127.0.0.12', '127.0.0.13'].map((ip, index) => [ip, `10.40.0.${index + 3}`]);
  const everyone = ['lb1 running', 'lb2 off', 'lb3 running'];

  test.each<[string, string, Quirks]>([
    ['a firewall group', 'ha-ip', {}],
    ['a firewall group by its kind', 'firewall:ha-ip', {}],
    ['a firewall group, filter ignored', 'ha-ip', { filters: false }],
    ['a tag', 'tag:ha-ip', {}],
    ['a tag, filter ignored', 'tag:ha-ip', { filters: false }],
    ['a VPC', 'vpc:net', {}],
    ['a VPC by its other id', 'vpc:net', { attachmentId: 'linked' }],
    ['a VPC by addresses', 'vpc:net', { attachmentId: 'neither' }],
  ])('%s: all its machines of the region in whatever state, and no others', async (_name, group, quirks) => {
    await quirky(quirks, { machines: inside });
    stage.cloud.setState(stage.id('lb2'), 'off', performance.now());
    // Two VPCs may have the same range: only where ids tell nothing, addresses have to.
    const theirs = quirks.attachmentId === 'neither' ? '10.40.0.77' : '10.40.0.4';
    const nics = [{ id: 'n', network: 'other', default: true, addresses: ['127.0.0.77', theirs] }];
    add({ groups: ['web'], tags: ['ha-ip-2'], nics });
    expect(await names(group)).toEqual(everyone);
  });

  test.each(['firewall', 'vpc'])('%s groups may be named by their id', async (kind) => {
    await on({ machines: inside });
    stage.cloud.setState(stage.id('lb2'), 'off', performance.now());
    const paths = { firewall: 'firewalls', vpc: 'vpcs' } as const;
    const listed = await api(`/${paths[kind as 'firewall' | 'vpc']}`);
    const [[first]] = Object.values(listed.body) as [[{ id: string }]];
    expect(await names(`${kind}:${first.id}`)).toEqual(everyone);
  });

  test.each(['ha-ip', 'tag:ha-ip'])('%s: machines of another region are none of ours', async (group) => {
    await on();
    add({ zone: 'ewr' });
    expect(await names(group)).not.toContain('other running');
  });

  test.each([
    ['nobody', /no firewall group "nobody".*there are "ha-ip"/],
    ['firewall:nobody', /no firewall group "nobody"/],
    ['tag:nobody', /no instance in fra belongs to "tag:nobody"/],
    ['vpc:nobody', /no VPC of fra "nobody".*there are "net"/],
  ])('%s, of which there is none: missing', async (group, expected) => {
    await on({ machines: inside });
    const error = await failureOf(provider().members!(group, signal()));
    expect(error.kind).toBe('missing');
    expect(error.message).toMatch(expected);
  });

  test('two groups of one description: rejected, with their ids', async () => {
    await on();
    const ids = [1, 2].map((number) => `f1000000-0000-4000-8000-00000000000${number}`);
    const firewall_groups = ids.map((id) => ({ id, description: 'twice' }));
    const body = { firewall_groups, meta: { total: 2, links: { next: '', prev: '' } } };
    stage.faults.add({ what: 'list-firewall-groups', effect: { kind: 'answer', status: 200, body } });
    const error = await failureOf(provider().members!('twice', signal()));
    expect(error.kind).toBe('rejected');
    for (const id of ids) expect(error.message).toContain(id);
  });
});

describe('vultr: lists', () => {
  const many = Array.from({ length: 15 }, (_, index) => [`127.0.1.${index + 1}`]);

  test.each<[string, Quirks]>([
    ['pages of four', { pageSizeMax: 4 }],
    ['pages of four, no total', { pageSizeMax: 4, total: false }],
    ['a last page that is full', { pageSizeMax: 5 }],
  ])('%s: everything is seen', async (_name, quirks) => {
    const shared = Array.from({ length: 9 }, (_, index) => `203.0.113.${index + 1}`);
    await quirky(
      { ...quirks, rateLimit: { perSecond: 100 } },
      { machines: many, shared: [...shared, IP], holders: ['lb14'] },
    );
    expect(await provider().read(signal())).toMatchObject({ holders: [stage.id('lb14')] });
    expect(await provider().members!('ha-ip', signal())).toHaveLength(15);
  });

  const links = (next: string) => ({ links: { next, prev: '' } });
  const one = {
    id: UNKNOWN,
    region: 'fra',
    ip_type: 'v4',
    subnet: '192.0.2.1',
    subnet_size: 32,
    label: '',
    instance_id: '',
  };
  test.each<[string, object]>([
    ['fewer than the total', { reserved_ips: [one], meta: { total: 2, ...links('') } }],
    ['the same one twice', { reserved_ips: [one, one], meta: links('') }],
    ['an empty page that is not the last', { reserved_ips: [], meta: links('bmV4dF9fMA==') }],
    ['no list', { meta: links('') }],
    ['an entry without an id', { reserved_ips: [{ ...one, id: '' }], meta: links('') }],
    ['a holder that is no id', { reserved_ips: [{ ...one, instance_id: 'lb1' }], meta: links('') }],
  ])('%s: an error, never a part of the list', async (_name, body) => {
    await on();
    const effect = { kind: 'answer', status: 200, body } as const;
    stage.faults.add({ what: 'list-reserved-ips', times: 1, effect });
    expect((await failureOf(provider().read(signal()))).kind).toBe('unavailable');
  });

  test('a list that leads back to itself ends with an error', async () => {
    await on();
    const body = { reserved_ips: [one], meta: links('bmV4dF9fMA==') };
    stage.faults.add({ what: 'list-reserved-ips', effect: { kind: 'answer', status: 200, body } });
    expect((await failureOf(provider().read(signal()))).kind).toBe('unavailable');
    expect(asked().filter((what) => what === 'list-reserved-ips')).toHaveLength(2);
  });

  test('a cursor that is a URL leads nowhere with the token', async () => {
    await on();
    const elsewhere = await open();
    const body = { reserved_ips: [one], meta: links(`${elsewhere.served.endpoint}/reserved-ips?cursor=x`) };
    stage.faults.add({ what: 'list-reserved-ips', times: 1, effect: { kind: 'answer', status: 200, body } });
    await failureOf(provider().read(signal()));
    expect(elsewhere.cloud.calls).toEqual([]);
    await elsewhere.close();
  });

  test('an address that the account does not have: missing', async () => {
    await on();
    const other = vultr.create(settingsOf(stage.served, '198.51.100.1'));
    const error = await failureOf(other.read(signal()));
    expect(error.kind).toBe('missing');
    expect(error.message).toContain('198.51.100.1');
  });

  test.each([400, 404] as const)(
    'an address made anew has another id: it is found again (%i)',
    async (unknownIp) => {
      await quirky({ unknownIp }, { holders: ['lb2'] });
      await provider().read(signal());
      const { id, ...rest } = stage.cloud.addresses.get(IP)!;
      stage.cloud.addresses.set(IP, { ...rest, id: UNKNOWN });
      expect(await provider().read(signal())).toMatchObject({ holders: [stage.id('lb2')] });
      stage.cloud.addresses.delete(IP);
      expect((await failureOf(provider().read(signal()))).kind).toBe('missing');
    },
  );

  test('an answer about another address is not believed', async () => {
    await on({ shared: [IP, '203.0.113.11'] });
    await provider().read(signal());
    const listed = await api('/reserved-ips');
    const [, other] = (listed.body as { reserved_ips: object[] }).reserved_ips;
    const effect = { kind: 'answer', status: 200, body: { reserved_ip: other } } as const;
    stage.faults.add({ what: 'get-reserved-ip', effect });
    expect((await failureOf(provider().read(signal()))).kind).toBe('unavailable');
  });

  test('an address of another region: rejected, and the message names both regions', async () => {
    await on();
    move('ewr');
    const error = await failureOf(provider().read(signal()));
    expect(error.kind).toBe('rejected');
    expect(error.message).toMatch(/region ewr.*in fra/);
  });

  test('any address of the network of a reserved IPv6 is that one', async () => {
    await on({ holders: ['lb2'] }, SIX);
    const near = vultr.create(settingsOf(stage.served, '2001:db8:40::ffff:1'));
    const far = vultr.create(settingsOf(stage.served, '2001:db8:40:1::10'));
    expect(await near.read(signal())).toMatchObject({ holders: [stage.id('lb2')] });
    expect((await failureOf(far.read(signal()))).kind).toBe('missing');
  });
});

function move(zone: string): void {
  const address = stage.cloud.addresses.get(stage.address)!;
  stage.cloud.addresses.set(stage.address, { ...address, zone });
}

async function api(path: string, init: RequestInit = {}): Promise<{ status: number; body: object }> {
  const headers = { authorization: `Bearer ${stage.served.token}`, ...init.headers };
  const answer = await fetch(stage.served.endpoint + path, { ...init, headers });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? {} : (JSON.parse(text) as object) };
}

describe('vultr: eligibility', () => {
  const lines = () => provider().eligibility!(signal());

  test('a machine that could take it: nothing to say', async () => {
    await on({ holders: ['lb2'] });
    expect(await lines()).toEqual([]);
  });

  test.each<[string, () => unknown, RegExp]>([
    ['is off', () => stage.cloud.setState(stage.id('lb1'), 'off', performance.now()), /is stopped: start it/],
    [
      'is being made',
      () => stage.cloud.setState(stage.id('lb1'), 'unknown', performance.now()),
      /is pending/,
    ],
    ['is of another region', () => move('ewr'), /region ewr, this instance in fra/],
    [
      'has no public network',
      () => changeOwn('get-instance', { main_ip: '', vpc_only: true }),
      /no public network/,
    ],
    [
      'has it as its main address',
      () => changeOwn('get-instance', { main_ip: IP }),
      /main address .* cannot leave/,
    ],
  ])('a machine that %s', async (_name, change, expected) => {
    await on();
    await provider().read(signal());
    change();
    const given = vultr.create({ ...settingsOf(stage.served), instance: stage.id('lb1') });
    const said = await given.eligibility!(signal());
    expect(said.join('\n')).toMatch(expected);
    expect(said).toHaveLength(1);
  });

  test('a machine that is locked', async () => {
    await quirky({ locked: ['lb1'] });
    expect(await lines()).toEqual([expect.stringMatching(/busy \(server status locked\)/)]);
  });

  test('a machine with it as its main address has no address of its own', async () => {
    await on();
    changeOwn('get-instance', { main_ip: IP });
    const given = vultr.create({ ...settingsOf(stage.served), instance: stage.id('lb1') });
    expect((await given.identify(signal())).addresses).toEqual([]);
  });

  test('the holder has it as its main address', async () => {
    await on({ holders: ['lb2'] });
    const main = {
      ...stage.served.machine('lb2'),
      nics: [{ id: 'n', network: 'x', default: true, addresses: [IP] }],
    };
    stage.cloud.instances.set(main.id, main);
    expect(await lines()).toEqual([expect.stringMatching(/main address of instance .*002/)]);
  });

  test.each<[readonly string[], number]>([
    [['dns', 'support'], 1],
    [['dns', 'subscriptions'], 0],
    [['provisioning'], 0],
    [[], 0],
  ])('a key with the rights %j', async (acls, count) => {
    await quirky({ acls });
    expect(await lines()).toHaveLength(count);
  });

  /** The instance's own answer with some of it changed. */
  function changeOwn(what: string, changes: object): void {
    const { id } = stage.served.machine('lb1');
    const instance = {
      ...{ id, label: 'lb1', region: 'fra', main_ip: '127.0.0.11', internal_ip: '', firewall_group_id: '' },
      ...{ status: 'active', power_status: 'running', server_status: 'ok', tags: [] },
      ...changes,
    };
    stage.faults.add({ what, effect: { kind: 'answer', status: 200, body: { instance } } });
  }
});

describe('vultr: the address book', () => {
  const book = () => vultr.addressBook!(settingsOf(stage.served));

  test('list: every address with its holder, the main address of a machine marked', async () => {
    await on({ shared: [IP, SIX, '127.0.0.12'] });
    setHolders('lb3');
    stage.cloud.setHolders('127.0.0.12', [stage.id('lb2')], performance.now());
    expect(await book().list(signal())).toEqual([
      { address: IP, id: expect.any(String), zone: 'fra', holders: [stage.id('lb3')], label: 'simulated' },
      { address: '2001:db8:40::1', id: expect.any(String), zone: 'fra', holders: [], label: 'simulated' },
      {
        ...{
          address: '127.0.0.12',
          id: expect.any(String),
          zone: 'fra',
          holders: [stage.id('lb2')],
          label: 'simulated',
        },
        managed: expect.stringMatching(/main address of instance .*002/),
      },
    ]);
  });

  test.each([
    [4, 'FRA', /^198\.51\.100\./],
    [6, 'fra', /::1$/],
    [4, undefined, /^198\.51\.100\./],
  ] as const)('reserve of family %i in %s, then release', async (family, zone, expected) => {
    await on();
    const made = await book().reserve({ family, ...(zone !== undefined && { zone }) }, signal());
    expect(made).toMatchObject({
      zone: 'fra',
      holders: [],
      label: 'ha-ip',
      address: expect.stringMatching(expected),
    });
    expect((await book().list(signal())).map(({ address }) => address)).toContain(made.address);
    await book().release(made.address, signal());
    expect((await book().list(signal())).map(({ address }) => address)).not.toContain(made.address);
  });

  test('release of an address that a machine holds: conflict, nothing is sent', async () => {
    await on({ holders: ['lb2'] });
    const error = await failureOf(book().release(IP, signal()));
    expect(error).toMatchObject({ kind: 'conflict', mayHaveHappened: false });
    expect(writes()).toEqual([]);
  });

  test('release of an address that the account does not have: missing', async () => {
    await on();
    expect((await failureOf(book().release('198.51.100.9', signal()))).kind).toBe('missing');
  });

  test('reserve in a region that does not exist: rejected', async () => {
    await on();
    expect((await failureOf(book().reserve({ family: 4, zone: 'moon' }, signal()))).kind).toBe('rejected');
  });
});

describe('vultr: settings and host', () => {
  const good: ProviderSettings = { resource: addressResource(IP), credentials: { token: new Secret('t') } };

  test.each([
    undefined,
    'https://api.vultr.com/v2',
    'https://proxy.example/vultr/v2/',
    'http://127.0.0.1:1/v2',
  ])('the endpoint %s is good', (endpoint) => {
    expect(vultr.check({ ...good, ...(endpoint !== undefined && { endpoint }) })).toEqual([]);
  });

  test.each([
    ['https://api.vultr.com/v1', /\/v2, got the path \/v1/],
    ['http://api.vultr.com/v2', /https/],
    ['https://user:hunter2@api.vultr.com/v2', /no user name/],
    ['https://api.vultr.com/v2?x=1', /without \?/],
    ['api.vultr.com', /no URL/],
  ])('the endpoint %s is refused', (endpoint, expected) => {
    const lines = vultr.check({ ...good, endpoint });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(expected);
    expect(lines[0]).not.toContain('hunter2');
  });

  test('all mistakes are reported together', () => {
    const lines = vultr.check({
      credentials: {},
      resource: addressResource('x'),
      instance: 'i-1',
      metadata: 'nowhere',
      endpoint: 'y',
    });
    expect(lines.map((line) => line.split(':')[0])).toEqual([
      '--endpoint',
      '--metadata',
      '--address',
      '--token-file',
      '--instance',
    ]);
  });

  test.each([
    [IP, `${IP}/32`, 'inet static'],
    [SIX, `${SIX}/128`, 'inet6 static'],
  ])('the host of %s has it on lo', async (address, prefixed, family) => {
    const lines = (await vultr.anchor!({ ...good, resource: addressResource(address) }, signal())).join('\n');
    expect(lines).toContain(`ip address add ${prefixed} dev lo`);
    expect(lines).toContain(family);
  });

  test.each([
    ['Vultr', true],
    ['DigitalOcean', false],
    ['', false],
  ])('DMI vendor %j', (vendor, expected) => {
    expect(cloudHere([vultr], { vendor, product: '' }) === vultr).toBe(expected);
  });
});

describe('vultr: the simulator is as strict as the API, or stricter', () => {
  const json = { 'content-type': 'application/json' };

  test.each<[string, string, RequestInit, number]>([
    ['a wrong key', '/account', { headers: { authorization: 'Bearer wrong' } }, 401],
    ['no key', '/account', { headers: { authorization: '' } }, 401],
    ['a parameter that nobody knows', '/reserved-ips?page=1', {}, 400],
    ['a page that is too long', '/reserved-ips?per_page=501', {}, 400],
    ['a cursor of our own', '/reserved-ips?cursor=2', {}, 400],
    ['an unknown reserved IP', '/reserved-ips/x', {}, 404],
    [
      'an attachment without its instance',
      '/reserved-ips/5ea12ed0-0000-4000-8000-000000000001/attach',
      { method: 'POST', headers: json, body: '{}' },
      400,
    ],
    [
      'an attachment without its content type',
      '/reserved-ips/5ea12ed0-0000-4000-8000-000000000001/attach',
      { method: 'POST', body: '{"instance_id":"x"}' },
      400,
    ],
    [
      'a detachment with a field',
      '/reserved-ips/5ea12ed0-0000-4000-8000-000000000001/detach',
      { method: 'POST', headers: json, body: '{"instance_id":"x"}' },
      400,
    ],
    [
      'a detachment without a body',
      '/reserved-ips/5ea12ed0-0000-4000-8000-000000000001/detach',
      { method: 'POST' },
      204,
    ],
    [
      'a detachment with an empty one',
      '/reserved-ips/5ea12ed0-0000-4000-8000-000000000001/detach',
      { method: 'POST', headers: json, body: '{}' },
      204,
    ],
  ])('%s', async (_name, path, init, status) => {
    await on();
    const answer = await api(path, init);
    expect(answer.status).toBe(status);
    if (status >= 400) expect(answer.body).toMatchObject({ error: expect.any(String), status });
  });

  test('a path that does not exist', async () => {
    await on();
    expect(await api('/reserved-ip')).toMatchObject({ status: 404, body: { error: 'Invalid API path' } });
    stage.cloud.calls.length = 0;
  });

  test('30 requests a second and source address', async () => {
    await on();
    const answers = await Promise.all(Array.from({ length: 33 }, () => api('/account')));
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(3);
  });
});
