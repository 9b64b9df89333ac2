import { afterEach, describe, expect, test } from 'vitest';
import { pollAfterMs } from '../../providers/digitalocean/addresses.ts';
import { digitalocean } from '../../providers/digitalocean/provider.ts';
import type { Quirks } from '../../providers/digitalocean/simulator/quirks.ts';
import { nameId } from '../../providers/kit/simulator-machines.ts';
import { type CloudOptions, type ServedCloud, serveCloud } from '../../providers/simulators.ts';
import { Secret } from '../../src/config/secret.ts';
import type { Provider, ProviderSettings } from '../../src/ports/provider.ts';
import type { Effect } from '../../src/sim/serve.ts';
import { cloudHere } from '../../src/watchdog/cloud-access.ts';
import { addressResource } from '../../src/wire/resource.ts';
import { conforms, failureOf, type Stage } from './contract.ts';

const IP = '203.0.113.10';
// The simulator's tokens all begin so: no error may hold one.
const CANARY = 'dop_v1_simulated000000000000000000000000';

function settingsOf(served: ServedCloud, address = IP, name = 'lb1'): ProviderSettings {
  return {
    resource: addressResource(address),
    endpoint: served.endpoint,
    metadata: served.metadata,
    source: served.machine(name).nics[0]!.addresses[0]!,
    credentials: { token: new Secret(served.tokenOf(name)) },
  };
}

async function open(options: CloudOptions, address = IP): Promise<Stage & { served: ServedCloud }> {
  const served = await serveCloud({
    timing: { reportsAfterMs: 5 },
    ...options,
    flavour: 'digitalocean',
    shared: [address, ...(options.shared ?? [])],
  });
  return {
    served,
    provider: digitalocean.create(settingsOf(served, address)),
    cloud: served.cloud,
    faults: served.faults,
    address,
    id: (name) => served.machine(name).id,
    close: served.close,
  };
}

const READ = 'GET /v2/reserved_ips/{ip}';
const ASSIGN = 'POST /v2/reserved_ips/{ip}/actions assign';
const UNASSIGN = 'POST /v2/reserved_ips/{ip}/actions unassign';

conforms({
  name: 'digitalocean',
  open: ({ shared, ...options } = {}) => open(options, shared),
  commands: { read: READ, associate: ASSIGN, dissociate: UNASSIGN },
  // An answer that repeats the token must not carry it into an error.
  errorBody: (status) => ({
    id: 'canary',
    message: `canary ${status} ${CANARY}lb1\n\u001b[31m`,
    request_id: `${CANARY}lb1`,
  }),
  secrets: [CANARY],
});

test.each([
  [0, 100],
  [400, 100],
  [1_000, 200],
  [4_000, 800],
  [5_000, 1_000],
  [60_000, 1_000],
])('an action that has run for %i ms is asked for again after %i ms', (ranMs, waitMs) => {
  expect(pollAfterMs(ranMs)).toBe(waitMs);
});

describe('digitalocean: its own ways', () => {
  let stage: Stage & { served: ServedCloud };
  const on = async (options: CloudOptions = {}, address?: string) => {
    stage = await open(options, address);
    return stage;
  };
  const provider = (): Provider => stage.provider;
  const signal = () => AbortSignal.timeout(10_000);
  const calls = (from = 0) => stage.cloud.calls.slice(from).map(({ what }) => what);
  const now = () => performance.now();
  afterEach(() => stage.close());

  const TWO_NETWORKS = [
    ['127.0.0.11', '10.1.0.11'],
    ['127.0.0.12', '10.1.0.12'],
    ['127.0.0.13', '10.1.0.13'],
  ];

  describe('identity', () => {
    test('the node id is the droplet id as an unsigned number; the private address comes first', async () => {
      await on({ machines: TWO_NETWORKS, holders: ['lb1'] });
      expect(await provider().identify(signal())).toEqual({
        instance: '4201001',
        node: '00000000000000000000000000401a29',
        name: 'lb1',
        zone: 'fra1',
        addresses: [
          { ip: '10.1.0.11', network: nameId('vpc fra1 net'), private: true },
          { ip: '127.0.0.11', network: 'public', private: false },
        ],
      });
    });

    test('without vpc:read the subnet names the network', async () => {
      await on({ machines: TWO_NETWORKS, quirks: { scopes: ['droplet:read', 'reserved_ip:read'] } });
      const { addresses } = await provider().identify(signal());
      expect(addresses[0]).toEqual({ ip: '10.1.0.11', network: '10.1.0.0 255.255.240.0', private: true });
    });

    test.each([false, true])(
      'another reserved address is not its own (listed first: %s)',
      async (reservedFirst) => {
        await on({ shared: ['203.0.113.99'], quirks: { reservedFirst } });
        stage.cloud.setHolders('203.0.113.99', [stage.id('lb1')], now());
        const { addresses } = await provider().identify(signal());
        expect(addresses.map(({ ip }) => ip)).toEqual(['127.0.0.11']);
      },
    );

    test('the droplet id may be given; metadata is then not asked', async () => {
      await on();
      const given = {
        ...settingsOf(stage.served),
        instance: stage.id('lb2'),
        metadata: 'http://127.0.0.1:1',
      };
      expect(await digitalocean.create(given).identify(signal())).toMatchObject({
        instance: stage.id('lb2'),
      });
    });

    test('only single values of the metadata are asked for, never the document with its secrets', async () => {
      await on();
      await provider().identify(signal());
      expect(
        calls()
          .filter((what) => what.startsWith('metadata'))
          .sort(),
      ).toEqual([
        'metadata id',
        'metadata interfaces/private/0/ipv4/address',
        'metadata interfaces/public/0/ipv4/address',
        'metadata interfaces/public/0/ipv6/address',
        'metadata region',
      ]);
    });

    test.each<[string, string, Effect]>([
      ['no number', 'id', { kind: 'answer', status: 200, body: 'i-am-somebody' }],
      ['two lines', 'id', { kind: 'answer', status: 200, body: '4201001\n4201002' }],
      ['a number in another form', 'id', { kind: 'answer', status: 200, body: '1e3' }],
      ['a number too large', 'id', { kind: 'answer', status: 200, body: '9007199254740993' }],
      [
        'a redirect',
        'id',
        { kind: 'answer', status: 301, headers: { location: 'http://127.0.0.1:1/' }, body: '' },
      ],
      ['nothing within a second', 'id', { kind: 'hang', at: 'headers' }],
      ['no region', 'region', { kind: 'answer', status: 200, body: '../fra1' }],
      [
        'no address',
        'interfaces/public/0/ipv4/address',
        { kind: 'answer', status: 200, body: '127.0.0.11; rm' },
      ],
    ])('metadata answers %s: unavailable, and the message names the path', async (_name, path, effect) => {
      await on();
      stage.faults.add({ what: `metadata ${path}`, effect });
      const begun = now();
      const error = await failureOf(provider().identify(signal()));
      expect(now() - begun).toBeLessThan(3_000);
      expect(error.kind).toBe('unavailable');
      expect(error.message).toContain(`/metadata/v1/${path}`);
    });

    test('of the metadata no more than 64 KiB are read', async () => {
      await on();
      const body = '1'.repeat(100_000);
      stage.faults.add({ what: 'metadata id', effect: { kind: 'answer', status: 200, body } });
      expect((await failureOf(provider().identify(signal()))).message).toMatch(/more than 65536 bytes/);
    });

    test.each([
      [
        'another droplet',
        'id',
        '4201002',
        /metadata says droplet 4201002.*127\.0\.0\.11.*API says.*127\.0\.0\.12/,
      ],
      ['another region', 'region', 'nyc3', /nyc3.*fra1/],
      ['an unknown droplet', 'id', '77', /no droplet "77" in this account/],
    ])('metadata that names %s is not believed', async (_name, path, body, expected) => {
      await on();
      stage.faults.add({ what: `metadata ${path}`, effect: { kind: 'answer', status: 200, body } });
      expect((await failureOf(provider().identify(signal()))).message).toMatch(expected);
    });
  });

  describe('a takeover', () => {
    const takeOver = async () => {
      const from = stage.cloud.calls.length;
      const view = await provider().read(signal());
      await provider().associate(stage.id('lb1'), signal());
      const after = await provider().read(signal());
      return { view, after, asked: calls(from) };
    };

    test('is one read, one write and the confirmation, and the read describes the holder', async () => {
      await on({ holders: ['lb2'], timing: { reportsAfterMs: 1 } });
      await provider().identify(signal());
      const { view, after, asked } = await takeOver();
      expect(view.described).toMatchObject([
        { instance: stage.id('lb2'), state: 'running', addresses: ['127.0.0.12'], name: 'lb2' },
      ]);
      expect(after.holders).toEqual([stage.id('lb1')]);
      expect(asked).toEqual([READ, ASSIGN, `${READ}/actions/{action}`, READ]);
    });

    test('of a free address needs no more', async () => {
      await on({ timing: { reportsAfterMs: 0 } });
      await provider().identify(signal());
      expect((await takeOver()).asked).toEqual([READ, ASSIGN, READ]);
    });

    test('of an IPv6 address asks for the action where it can be asked for', async () => {
      await on({ holders: ['lb2'], timing: { reportsAfterMs: 1 } }, '2001:db8::10');
      await provider().identify(signal());
      const six = 'GET /v2/reserved_ipv6/{ip}';
      const { asked } = await takeOver();
      expect(asked).toEqual([
        six,
        'POST /v2/reserved_ipv6/{ip}/actions assign',
        'GET /v2/actions/{action}',
        six,
      ]);
    });

    test('what a read said serves one associating; where it said "already there", associating looks', async () => {
      await on({ timing: { reportsAfterMs: 0 } });
      await provider().read(signal());
      await provider().associate(stage.id('lb1'), signal());
      stage.cloud.setHolders(IP, [stage.id('lb2')], now());
      await provider().associate(stage.id('lb2'), signal());
      await provider().read(signal());
      await provider().associate(stage.id('lb2'), signal());
      expect(calls().filter((what) => what === ASSIGN)).toHaveLength(1);
    });

    test('aborted before it began writes nothing, though a read said that there is something to do', async () => {
      await on();
      await provider().read(signal());
      const error = await failureOf(provider().associate(stage.id('lb1'), AbortSignal.abort()));
      expect([error.kind, error.mayHaveHappened]).toEqual(['unavailable', false]);
      expect(calls()).not.toContain(ASSIGN);
    });
  });

  describe('an action', () => {
    test.each<[string, Quirks]>([
      ['is called new', { runningWord: 'new' }],
      ['is called something unheard of', { runningWord: 'queued' }],
      ['ends with the word done', { doneWord: 'done' }],
      ['cannot be asked for: the address tells', { hiddenActions: true }],
    ])('that %s is awaited to its end', async (_name, quirks) => {
      // The address changes hands before the action has ended: the next one would be refused still.
      const timing = { reportsAfterMs: 250, appliesAfterMs: 20 };
      await on({ holders: ['lb2'], timing, quirks });
      const begun = now();
      await provider().associate(stage.id('lb1'), signal());
      expect(now() - begun).toBeGreaterThanOrEqual(250);
      expect(stage.cloud.holders(IP)).toEqual([stage.id('lb1')]);
      await provider().dissociate(stage.id('lb1'), signal());
      expect(stage.cloud.holders(IP)).toEqual([]);
    });

    test('that moves an IPv6 address and answers 500: the address tells', async () => {
      await on({ holders: ['lb2'], quirks: { brokenMoves6: true } }, '2001:db8::10');
      await provider().associate(stage.id('lb1'), signal());
      expect(stage.cloud.holders('2001:db8::10')).toEqual([stage.id('lb1')]);
    });

    test.each([
      [429, { 'retry-after': '9' }, 'throttled', 9000],
      [403, {}, 'denied', undefined],
    ])('whose poll is answered by %i may have happened', async (status, headers, kind, retryAfterMs) => {
      await on();
      const body = { id: 'x', message: 'no' };
      stage.faults.add({
        what: `${READ}/actions/{action}`,
        effect: { kind: 'answer', status, headers, body },
      });
      const error = await failureOf(provider().associate(stage.id('lb1'), signal()));
      expect(error).toMatchObject({ kind, mayHaveHappened: true, retryAfterMs });
    });

    test('and the address, both not to be asked for: unavailable, and it may have happened', async () => {
      await on();
      await provider().read(signal());
      stage.faults.add({ what: /^GET /, effect: { kind: 'html' } });
      const error = await failureOf(provider().associate(stage.id('lb1'), signal()));
      expect(error).toMatchObject({ kind: 'unavailable', mayHaveHappened: true });
    });

    test('that ends in error: a conflict, which may have happened', async () => {
      await on({ timing: { reportsAfterMs: 5, fails: 'no capacity' } });
      const error = await failureOf(provider().associate(stage.id('lb1'), signal()));
      expect(error).toMatchObject({ kind: 'conflict', mayHaveHappened: true });
    });

    test('of somebody on the address: the view says pending, and nobody writes', async () => {
      await on({ holders: ['lb2'], timing: { reportsAfterMs: 300 } });
      const ended = new Promise((resolve) => stage.cloud.onChange(resolve));
      stage.cloud.start({ kind: 'associate', address: IP, instance: stage.id('lb3') }, now(), 'operator');
      expect(await provider().read(signal())).toMatchObject({ holders: [stage.id('lb2')], pending: true });
      for (const attempt of [
        provider().associate(stage.id('lb1'), signal()),
        provider().dissociate(stage.id('lb2'), signal()),
      ]) {
        expect(await failureOf(attempt)).toMatchObject({ kind: 'conflict', mayHaveHappened: false });
      }
      expect(calls().filter((what) => what.startsWith('POST'))).toEqual([]);
      await ended;
    });

    test('of ours on an IPv6 address that we lost sight of: pending until the address shows it', async () => {
      await on({ timing: { reportsAfterMs: 300 } }, '2001:db8::10');
      const caller = new AbortController();
      const changed = new Promise((resolve) => stage.cloud.onChange(resolve));
      await failureOf(provider().associate(stage.id('lb1'), caller.signal, () => caller.abort()));
      expect(await provider().read(signal())).toMatchObject({ holders: [], pending: true });
      await changed;
      expect(await provider().read(signal())).toMatchObject({ holders: [stage.id('lb1')], pending: false });
    });
  });

  describe('a refusal (422) whose text says nothing is told apart by state:', () => {
    const MUTE = { refusalText: 'The request could not be processed.' };
    /** Lets `change` happen between our look and our call. */
    const justBefore = (what: string, change: () => void) => {
      const end = stage.cloud.onCall((call) => {
        if (call.what !== what) return;
        end();
        change();
      });
    };

    test('already assigned to this droplet is success', async () => {
      await on({ quirks: MUTE });
      await provider().read(signal());
      justBefore(ASSIGN, () => stage.cloud.setHolders(IP, [stage.id('lb1')], now()));
      await provider().associate(stage.id('lb1'), signal());
      expect(calls().filter((what) => what === ASSIGN)).toHaveLength(1);
    });

    test.each([[], ['lb3']])('unassigned meanwhile, held by %s, is success', async (...others: string[]) => {
      await on({ holders: ['lb1'], quirks: MUTE });
      justBefore(UNASSIGN, () => stage.cloud.setHolders(IP, others.map(stage.id), now()));
      if (others.length > 0)
        stage.faults.add({
          what: UNASSIGN,
          effect: { kind: 'answer', status: 422, body: { id: 'unprocessable_entity', message: 'no' } },
        });
      await provider().dissociate(stage.id('lb1'), signal());
      expect(stage.cloud.holders(IP)).toEqual(others.map(stage.id));
    });

    test('an action on the address is a conflict', async () => {
      await on({ holders: ['lb2'], timing: { reportsAfterMs: 200 }, quirks: MUTE });
      await provider().read(signal());
      const action = { kind: 'associate', address: IP, instance: stage.id('lb3') } as const;
      justBefore(ASSIGN, () => stage.cloud.start(action, now(), 'operator'));
      const error = await failureOf(provider().associate(stage.id('lb1'), signal()));
      expect([error.kind, error.mayHaveHappened]).toEqual(['conflict', false]);
      expect(error.message).toMatch(/an action on 203\.0\.113\.10 is under way/);
    });

    test('an event of the droplet is a conflict', async () => {
      const events = new Map<string, string>();
      await on({ quirks: { ...MUTE, events } });
      events.set(stage.id('lb1'), 'snapshot');
      const error = await failureOf(provider().associate(stage.id('lb1'), signal()));
      expect(error.kind).toBe('conflict');
      expect(error.message).toMatch(/droplet 4201001 is busy/);
    });

    test('an event that the droplet does not show by its lock is named', async () => {
      await on({ quirks: MUTE });
      const status = {
        kind: 'answer',
        status: 422,
        body: { id: 'unprocessable_entity', message: 'no' },
      } as const;
      stage.faults.add({ what: ASSIGN, effect: status });
      const actions = [{ id: 1, status: 'in-progress', type: 'resize' }];
      const body = { actions, links: {}, meta: { total: 1 } };
      stage.faults.add({
        what: 'GET /v2/droplets/{droplet}/actions',
        effect: { kind: 'answer', status: 200, body },
      });
      const error = await failureOf(provider().associate(stage.id('lb1'), signal()));
      expect([error.kind, error.message]).toEqual(['conflict', expect.stringMatching(/busy with resize/)]);
    });

    test('another reserved address on the droplet is rejected, and named', async () => {
      await on({ shared: ['203.0.113.77'], quirks: { ...MUTE, pageMax: 1 } });
      stage.cloud.setHolders(IP, [], now());
      stage.cloud.setHolders('203.0.113.77', [stage.id('lb1')], now());
      const error = await failureOf(provider().associate(stage.id('lb1'), signal()));
      expect(error.kind).toBe('rejected');
      expect(error.message).toMatch(/droplet 4201001 has the reserved address 203\.0\.113\.77.*unassign/);
    });

    test('another region is rejected, and both are named', async () => {
      await on({ quirks: MUTE });
      addAddress('198.51.100.5', 'nyc3');
      const far = digitalocean.create(settingsOf(stage.served, '198.51.100.5'));
      const error = await failureOf(far.associate(stage.id('lb1'), signal()));
      expect(error.kind).toBe('rejected');
      expect(error.message).toMatch(/198\.51\.100\.5 is in region nyc3, the droplet in fra1/);
    });

    test('no public networking is rejected', async () => {
      await on({ machines: [['10.1.0.11'], ['127.0.0.12']], quirks: MUTE });
      const given = { ...settingsOf(stage.served), instance: stage.id('lb1') };
      const error = await failureOf(digitalocean.create(given).associate(stage.id('lb1'), signal()));
      expect([error.kind, error.message]).toEqual(['rejected', expect.stringMatching(/public networking/)]);
    });

    test.each([404, 422] as const)('no such droplet (%i) is missing', async (unknownDroplet) => {
      await on({ quirks: { ...MUTE, unknownDroplet } });
      const error = await failureOf(provider().associate('99', signal()));
      expect([error.kind, error.message]).toEqual(['missing', expect.stringMatching(/no droplet "99"/)]);
      expect((await failureOf(provider().associate('lb1', signal()))).kind).toBe('missing');
    });

    test('what forbids to have the address is no reason for refusing to take it away', async () => {
      await on({ holders: ['lb1'], shared: ['203.0.113.77'], quirks: MUTE });
      const status = {
        kind: 'answer',
        status: 422,
        body: { id: 'unprocessable_entity', message: 'who knows' },
      } as const;
      stage.faults.add({ what: UNASSIGN, effect: status });
      const error = await failureOf(provider().dissociate(stage.id('lb1'), signal()));
      expect([error.kind, error.message]).toEqual(['rejected', expect.stringMatching(/who knows/)]);
    });

    test.each([
      ['Droplet already has a pending event.', 'conflict'],
      ['something new', 'rejected'],
    ])('where the state shows nothing, the text %j is a hint: %s', async (message, kind) => {
      await on();
      const body = { id: 'unprocessable_entity', message };
      stage.faults.add({ what: ASSIGN, effect: { kind: 'answer', status: 422, body } });
      const error = await failureOf(provider().associate(stage.id('lb1'), signal()));
      expect([error.kind, error.mayHaveHappened]).toEqual([kind, false]);
      expect(error.message).toContain(message);
    });

    test('an explanation that cannot be had leaves the refusal as it came', async () => {
      await on({ quirks: MUTE });
      await provider().read(signal());
      stage.cloud.setHolders(IP, [stage.id('lb1')], now());
      stage.faults.add({ what: READ, effect: { kind: 'html' } });
      const error = await failureOf(provider().associate(stage.id('lb1'), signal()));
      expect([error.kind, error.message]).toEqual([
        'rejected',
        expect.stringMatching(/could not be processed/),
      ]);
    });
  });

  const addAddress = (ip: string, zone: string) =>
    stage.cloud.addresses.set(ip, { id: ip, ip, zone, mode: 'moves', holdings: [] });

  describe('reading', () => {
    test('an address that the team does not have: missing, with the request id for support', async () => {
      await on();
      const other = digitalocean.create(settingsOf(stage.served, '198.51.100.1'));
      const error = await failureOf(other.read(signal()));
      expect([error.kind, error.message]).toEqual([
        'missing',
        expect.stringMatching(/198\.51\.100\.1.*request 0e5a/),
      ]);
    });

    test('an address of another region than this droplet: rejected', async () => {
      await on();
      addAddress('198.51.100.5', 'nyc3');
      const far = digitalocean.create(settingsOf(stage.served, '198.51.100.5'));
      await far.identify(signal());
      expect((await failureOf(far.read(signal()))).message).toMatch(/region nyc3.*fra1/);
    });

    test.each(['null', 'absent'] as const)(
      'a droplet that the token may not see (%s) is no free address: denied, and the scope is named',
      async (unseen) => {
        await on({ holders: ['lb2'], quirks: { scopes: ['reserved_ip:read'], unseen } });
        const error = await failureOf(provider().read(signal()));
        expect([error.kind, error.message]).toEqual(['denied', expect.stringMatching(/scope droplet:read/)]);
      },
    );

    test('that a free address is free is proven once', async () => {
      await on();
      await provider().read(signal());
      await provider().read(signal());
      expect(calls()).toEqual([READ, 'GET /v2/droplets', READ]);
    });

    test('an answer about another address is none', async () => {
      await on();
      const body = {
        reserved_ip: { ip: '203.0.113.1', region: { slug: 'fra1' }, droplet: null, locked: false },
      };
      stage.faults.add({ what: READ, effect: { kind: 'answer', status: 200, body } });
      expect((await failureOf(provider().read(signal()))).kind).toBe('unavailable');
    });

    test('one reserved IPv6 without its wrapper is read', async () => {
      await on({ holders: ['lb2'], quirks: { bare6: true } }, '2001:db8::10');
      expect(await provider().read(signal())).toMatchObject({ holders: [stage.id('lb2')] });
    });

    test('an answer about another droplet is none', async () => {
      await on();
      const body = { droplet: { id: 4201003, name: 'lb3', status: 'off' } };
      stage.faults.add({
        what: 'GET /v2/droplets/{droplet}',
        effect: { kind: 'answer', status: 200, body },
      });
      expect((await failureOf(provider().describe(stage.id('lb2'), signal()))).kind).toBe('unavailable');
    });

    test.each([
      ['of a proxy', { error: 'nope' }],
      ['with another id', { id: 'gone_fishing', message: 'x' }],
    ])('a 404 %s does not make a droplet vanish', async (_name, body) => {
      await on();
      stage.faults.add({
        what: 'GET /v2/droplets/{droplet}',
        effect: { kind: 'answer', status: 404, body },
      });
      expect((await failureOf(provider().describe(stage.id('lb2'), signal()))).kind).toBe('unavailable');
    });

    test.each([
      ['unknown', 'unknown'],
      ['off', 'off'],
    ] as const)('a droplet that is %s', async (state, expected) => {
      await on();
      stage.cloud.setState(stage.id('lb2'), state, now());
      expect((await provider().describe(stage.id('lb2'), signal())).state).toBe(expected);
    });

    test.each([
      [401, 'unauthorized', /wrong, expired or revoked/],
      [403, 'forbidden', /scope reserved_ip:update/],
    ])('a write refused by %i says what is missing', async (status, id, advice) => {
      await on();
      await provider().read(signal());
      const body = { id, message: 'no' };
      stage.faults.add({ what: ASSIGN, effect: { kind: 'answer', status, body } });
      const error = await failureOf(provider().associate(stage.id('lb1'), signal()));
      expect([error.kind, error.message]).toEqual(['denied', expect.stringMatching(advice)]);
    });

    test('a wrong token is denied', async () => {
      await on();
      const other = digitalocean.create({
        ...settingsOf(stage.served),
        credentials: { token: new Secret('dop_v1_wrong') },
      });
      expect(await failureOf(other.read(signal()))).toMatchObject({ kind: 'denied' });
    });
  });

  describe('the budget', () => {
    const budget = (hour: number, minute = 1000) => ({ limits: { hour, minute } });

    test('below the reserve background reads are not sent; a takeover is', async () => {
      await on({ holders: ['lb2'], timing: { reportsAfterMs: 0 }, quirks: budget(304) });
      await provider().read(signal(), { background: true });
      for (let left = 303; left >= 299; left -= 1) await provider().read(signal());
      const before = stage.cloud.calls.length;
      const error = await failureOf(provider().read(signal(), { background: true }));
      expect(error).toMatchObject({ kind: 'throttled', mayHaveHappened: false });
      expect(error.retryAfterMs).toBeGreaterThan(0);
      expect(error.retryAfterMs).toBeLessThanOrEqual(60_000);
      expect((await failureOf(provider().members!('ha-ip', signal()))).kind).toBe('throttled');
      expect(calls(before).filter((what) => what === READ || what === 'GET /v2/droplets')).toEqual([]);
      await provider().read(signal());
      await provider().associate(stage.id('lb1'), signal());
      expect(stage.cloud.holders(IP)).toEqual([stage.id('lb1')]);
    });

    test('above it background reads are sent', async () => {
      await on({ holders: ['lb2'], quirks: budget(310) });
      for (let left = 310; left > 300; left -= 1) await provider().read(signal(), { background: true });
      expect(calls()).toHaveLength(10);
    });

    test('more budget again, as any answer tells, ends the reserve', async () => {
      await on({ holders: ['lb2'], quirks: budget(1000) });
      const headers = { 'ratelimit-limit': '5000', 'ratelimit-remaining': '12', 'ratelimit-reset': '1' };
      const body = { id: 'server_error', message: 'oops' };
      const effect = { kind: 'answer', status: 500, headers, body } as const;
      stage.faults.add({ what: READ, times: 1, effect });
      await failureOf(provider().read(signal()));
      expect((await failureOf(provider().read(signal(), { background: true }))).kind).toBe('throttled');
      await provider().read(signal());
      await provider().read(signal(), { background: true });
    });

    test('a burst is throttled for as long as the cloud says, and background reads keep still meanwhile', async () => {
      await on({ holders: ['lb2'], quirks: budget(5000, 2) });
      await provider().read(signal());
      await provider().read(signal());
      const error = await failureOf(provider().read(signal()));
      expect(error.kind).toBe('throttled');
      expect(error.retryAfterMs).toBeGreaterThan(55_000);
      const before = stage.cloud.calls.length;
      expect((await failureOf(provider().read(signal(), { background: true }))).kind).toBe('throttled');
      expect(stage.cloud.calls).toHaveLength(before);
    });

    test('a 429 says by itself that background reads keep still, whatever headers a proxy leaves', async () => {
      await on({ holders: ['lb2'] });
      const headers = { 'retry-after': '5' };
      const effect = { kind: 'answer', status: 429, headers, body: { id: 'x', message: 'no' } } as const;
      stage.faults.add({ what: READ, times: 1, effect });
      await failureOf(provider().read(signal()));
      const { kind, retryAfterMs } = await failureOf(provider().read(signal(), { background: true }));
      expect([kind, Math.ceil((retryAfterMs ?? 0) / 1000)]).toEqual(['throttled', 5]);
    });

    test('a spent hour has no retry-after: the reset, which may be an hour away, is not waited for', async () => {
      await on({ holders: ['lb2'], quirks: budget(1) });
      await provider().read(signal());
      expect(await failureOf(provider().read(signal()))).toMatchObject({
        kind: 'throttled',
        retryAfterMs: undefined,
      });
    });
  });

  describe('lists', () => {
    const MANY = Array.from({ length: 7 }, (_, index) => [`127.0.1.${index + 1}`]);
    const names = (members: readonly { name?: string }[]) => members.map(({ name }) => name).sort();
    const ALL = MANY.map((_, index) => `lb${index + 1}`);

    test('of several pages are read to the end; links to another host are not followed', async () => {
      const quirks = { pageMax: 2, nextHost: 'http://127.0.0.1:1' };
      await on({ machines: MANY, quirks });
      expect(names(await provider().members!('ha-ip', signal()))).toEqual(ALL);
      expect(calls().filter((what) => what === 'GET /v2/droplets')).toHaveLength(4);
    });

    test.each<[string, number, Effect]>([
      ['a page that is missing', 2, { kind: 'empty' }],
      ['a page of HTML', 3, { kind: 'html' }],
      [
        'a total that does not match',
        1,
        { kind: 'answer', status: 200, body: { droplets: [], links: {}, meta: { total: 3 } } },
      ],
      [
        'an empty page with a next one',
        1,
        {
          kind: 'answer',
          status: 200,
          body: { droplets: [], links: { pages: { next: 'x' } }, meta: { total: 3 } },
        },
      ],
      [
        'the same droplet twice',
        1,
        { kind: 'answer', status: 200, body: { droplets: [{ id: 1 }, { id: 1 }] } },
      ],
      ['no list at all', 1, { kind: 'answer', status: 200, body: { links: {}, meta: { total: 0 } } }],
    ])('with %s are an error, never a part', async (_name, bad, effect) => {
      await on({ machines: MANY, quirks: { pageMax: 2 } });
      await provider().identify(signal());
      let page = 0;
      stage.cloud.onCall(({ what }) => {
        page += 1;
        if (page === bad) stage.faults.add({ what, effect });
      });
      expect((await failureOf(provider().members!('ha-ip', signal()))).kind).toBe('unavailable');
      expect(page).toBe(bad);
    });

    test.each([{}, { pages: {} }, undefined])('with links %j are single pages', async (links) => {
      await on();
      await provider().identify(signal());
      const droplet = {
        id: 4201001,
        name: 'lb1',
        status: 'active',
        region: { slug: 'fra1' },
        tags: ['HA-IP'],
      };
      const body = { droplets: [droplet], ...(links && { links }) };
      stage.faults.add({ what: 'GET /v2/droplets', effect: { kind: 'answer', status: 200, body } });
      expect(names(await provider().members!('ha-ip', signal()))).toEqual(['lb1']);
    });
  });

  describe('members', () => {
    const names = async (group: string) =>
      (await provider().members!(group, signal())).map(({ name }) => name).sort();
    /** Machines lb4 in another region, lb5 with a GPU and without the tag, besides the three of the group. */
    const add = (id: string, name: string, change: object) =>
      stage.cloud.instances.set(id, { ...stage.served.machine('lb3'), id, name, ...change });

    test.each(['ha-ip', 'tag:ha-ip', 'tag:HA-IP'])('of the tag %s, of this region only', async (group) => {
      await on();
      add('4201004', 'lb4', { zone: 'nyc3' });
      add('4201005', 'lb5', { tags: ['web'] });
      stage.cloud.setState(stage.id('lb2'), 'off', now());
      const members = await provider().members!(group, signal());
      expect(members.map(({ name, state, node }) => [name, state, node])).toEqual([
        ['lb1', 'running', '00000000000000000000000000401a29'],
        ['lb2', 'off', '00000000000000000000000000401a2a'],
        ['lb3', 'running', '00000000000000000000000000401a2b'],
      ]);
    });

    test('a droplet that a broken filter lets through is none', async () => {
      await on();
      await provider().identify(signal());
      const droplets = [
        { id: 4201001, name: 'lb1', status: 'active', region: { slug: 'fra1' }, tags: ['ha-ip'] },
        { id: 4201009, name: 'stranger', status: 'active', region: { slug: 'fra1' }, tags: ['web'] },
      ];
      stage.faults.add({
        what: 'GET /v2/droplets',
        effect: { kind: 'answer', status: 200, body: { droplets } },
      });
      expect(await names('ha-ip')).toEqual(['lb1']);
    });

    test('by tag include those with GPUs, and leave reserved addresses out', async () => {
      await on({ holders: ['lb2'], shared: ['203.0.113.77'] });
      add('4201005', 'lb5', { tags: ['ha-ip', 'gpu'], nics: [] });
      stage.cloud.setHolders(IP, [stage.id('lb2')], now());
      stage.cloud.setHolders('203.0.113.77', [stage.id('lb3')], now());
      const members = await provider().members!('ha-ip', signal());
      expect(members.map(({ name, addresses }) => [name, addresses.map(({ ip }) => ip)])).toEqual([
        ['lb1', ['127.0.0.11']],
        ['lb2', ['127.0.0.12']],
        ['lb3', ['127.0.0.13']],
        ['lb5', []],
      ]);
    });

    test.each<[string, Quirks]>([
      ['vpc:net', {}],
      [`vpc:${nameId('vpc fra1 net').toUpperCase()}`, {}],
      ['vpc:net', { uuidMembers: true }],
    ])('of %s %j', async (group, quirks) => {
      await on({ quirks });
      add('4201004', 'lb4', { zone: 'nyc3' });
      add('4201005', 'lb5', {
        nics: [{ id: 'x', network: 'other', default: true, addresses: ['127.0.0.15'] }],
      });
      expect(await names(group)).toEqual(['lb1', 'lb2', 'lb3']);
    });

    test('of a VPC: a droplet with a GPU is in no list, and asked for by its id', async () => {
      await on();
      add('4201005', 'lb5', { tags: ['gpu'] });
      expect(await names('vpc:net')).toEqual(['lb1', 'lb2', 'lb3', 'lb5']);
    });

    test('of a VPC: a member that cannot be told is an error', async () => {
      await on({ quirks: { uuidMembers: true } });
      add('4201005', 'lb3', {});
      expect((await failureOf(provider().members!('vpc:net', signal()))).kind).toBe('unavailable');
    });

    test.each(['firewall:web', `firewall:${nameId('firewall web')}`])('of %s, by id', async (group) => {
      await on({ group: 'web' });
      add('4201005', 'lb5', { tags: ['gpu'] });
      expect(await names(group)).toEqual(['lb1', 'lb2', 'lb3', 'lb5']);
    });

    test('of a firewall, by id, by tag, and once if by both', async () => {
      await on();
      add('4201005', 'lb5', { groups: ['tag:ha-ip'], tags: [] });
      add('4201006', 'lb6', { groups: ['tag:ha-ip'] });
      expect(await names('firewall:with tag:ha-ip')).toEqual(['lb1', 'lb2', 'lb3', 'lb5', 'lb6']);
    });

    const READS = ['droplet:read', 'reserved_ip:read', 'tag:read', 'vpc:read', 'firewall:read'];
    test.each([
      ['ha-ip', 'tag:read'],
      ['vpc:net', 'vpc:read'],
      ['firewall:ha-ip', 'firewall:read'],
      ['firewall:ha-ip', 'tag:read'],
    ])('of %s without %s: denied, and the scope is named', async (group, missing) => {
      await on({ quirks: { scopes: READS.filter((scope) => scope !== missing) } });
      const error = await failureOf(provider().members!(group, signal()));
      expect([error.kind, error.message]).toEqual(['denied', expect.stringContaining(`scope ${missing}`)]);
    });

    test.each([
      ['peers', /no tag "peers".*there are "ha-ip"/],
      ['vpc:peers', /no vpc "peers".*there are "net"/],
      ['firewall:peers', /no firewall "peers".*there are "ha-ip"/],
      [`vpc:${nameId('nowhere')}`, /404/],
    ])(
      'of the unknown group %s: missing, and the message names those that exist',
      async (group, expected) => {
        await on();
        const error = await failureOf(provider().members!(group, signal()));
        expect([error.kind, error.message]).toEqual(['missing', expect.stringMatching(expected)]);
      },
    );

    test('of a tag that nobody has any more: nobody, not an unknown group', async () => {
      await on();
      await provider().identify(signal());
      const body = { tags: [{ name: 'Old' }], links: {}, meta: { total: 1 } };
      stage.faults.add({ what: 'GET /v2/tags', effect: { kind: 'answer', status: 200, body } });
      expect(await names('old')).toEqual([]);
    });

    test('of a name that two have: rejected, with an id to choose', async () => {
      await on();
      await provider().identify(signal());
      const firewalls = [
        { id: 'a', name: 'web' },
        { id: 'b', name: 'web' },
      ];
      stage.faults.add({
        what: 'GET /v2/firewalls',
        effect: { kind: 'answer', status: 200, body: { firewalls } },
      });
      const error = await failureOf(provider().members!('firewall:web', signal()));
      expect([error.kind, error.message]).toEqual(['rejected', expect.stringMatching(/firewall:a/)]);
    });
  });

  describe('eligibility', () => {
    test.each(['lb1', 'lb2'])(
      'nothing to say where this machine could take the address of %s',
      async (holder) => {
        await on({ holders: [holder] });
        expect(await provider().eligibility!(signal())).toEqual([]);
      },
    );

    test('everything that stands in the way, a line each', async () => {
      const events = new Map([['4201001', 'backup']]);
      await on({ shared: ['203.0.113.77'], timing: { reportsAfterMs: 300 }, quirks: { events } });
      stage.cloud.setHolders('203.0.113.77', [stage.id('lb1')], now());
      stage.cloud.start({ kind: 'associate', address: IP, instance: stage.id('lb3') }, now(), 'operator');
      const lines = await provider().eligibility!(signal());
      expect(lines.map((line) => line.split(';')[0])).toEqual([
        'an action on 203.0.113.10 is under way',
        expect.stringMatching(/^droplet 4201001 is busy/),
        expect.stringMatching(/^droplet 4201001 has the reserved address 203\.0\.113\.77/),
      ]);
      expect(lines.every((line) => /; \S/.test(line))).toBe(true);
    });

    test('another region; no IPv6 for an IPv6 address', async () => {
      await on({}, '2001:db8::10');
      addAddress('2001:db8::11', 'nyc3');
      const far = digitalocean.create(settingsOf(stage.served, '2001:db8::11'));
      expect(await far.eligibility!(signal())).toEqual([
        expect.stringMatching(/nyc3.*fra1/),
        expect.stringMatching(/no IPv6/),
      ]);
    });
  });

  describe('the address book', () => {
    const book = () => digitalocean.addressBook!(settingsOf(stage.served));

    test('lists both families, page by page', async () => {
      const options = { shared: ['203.0.113.11', '2001:db8::10', '2001:db8::11'] };
      await on({ ...options, quirks: { pageMax: 1 } });
      stage.cloud.setHolders('203.0.113.11', [stage.id('lb2')], now());
      expect(await book().list(signal())).toEqual([
        { address: IP, id: IP, zone: 'fra1', holders: [] },
        { address: '203.0.113.11', id: '203.0.113.11', zone: 'fra1', holders: [stage.id('lb2')] },
        { address: '2001:db8::10', id: '2001:db8::10', zone: 'fra1', holders: [] },
        { address: '2001:db8::11', id: '2001:db8::11', zone: 'fra1', holders: [] },
      ]);
    });

    test.each([4, 6] as const)('reserves and releases IPv%i', async (family) => {
      await on();
      const reserved = await book().reserve({ zone: 'fra1', family }, signal());
      expect(reserved).toMatchObject({ zone: 'fra1', holders: [] });
      expect(stage.cloud.addresses.has(reserved.address)).toBe(true);
      await book().release(reserved.address, signal());
      expect(stage.cloud.addresses.has(reserved.address)).toBe(false);
      expect((await failureOf(book().release(reserved.address, signal()))).kind).toBe('missing');
    });

    test('reserves nothing without a region, or where there is none of that name', async () => {
      await on();
      const { message, kind } = await failureOf(book().reserve({ family: 4 }, signal()));
      expect([kind, message]).toEqual(['rejected', expect.stringMatching(/name the region/)]);
      expect((await failureOf(book().reserve({ zone: 'mars1', family: 4 }, signal()))).kind).toBe('rejected');
      expect(calls().filter((what) => what.startsWith('POST'))).toHaveLength(1);
    });

    test('a reservation whose answer is lost may have happened, and is not repeated', async () => {
      await on();
      stage.faults.add({ what: 'POST /v2/reserved_ips', effect: { kind: 'cut', when: 'after' } });
      const error = await failureOf(book().reserve({ zone: 'fra1', family: 4 }, signal()));
      expect([error.kind, error.mayHaveHappened]).toEqual(['unavailable', true]);
      expect(stage.cloud.addresses.size).toBe(2);
    });

    test('does not release an address that somebody holds', async () => {
      await on({ holders: ['lb2'] });
      const error = await failureOf(book().release(IP, signal()));
      expect([error.kind, error.message]).toEqual([
        'conflict',
        expect.stringMatching(/droplet 4201002 holds/),
      ]);
      expect(calls()).toEqual([READ]);
    });
  });

  describe('the host', () => {
    const lines = (address = IP) => digitalocean.anchor!(settingsOf(stage.served, address), signal());

    test('needs nothing for an IPv4 address: it arrives at the anchor address', async () => {
      await on();
      expect(await lines()).toEqual([
        expect.stringMatching(/nothing to configure.*10\.19\.0\.1$/),
        expect.stringMatching(/listen on 10\.19\.0\.1 or on all/),
        expect.stringMatching(/ip route replace default via 10\.19\.0\.1 dev eth0/),
      ]);
    });

    test('without an anchor address is told so', async () => {
      await on({ quirks: { anchorless: ['4201001'] } });
      expect(await lines()).toEqual([expect.stringMatching(/custom image needs none.*October 2015/)]);
    });

    test('needs the address and a route for IPv6, which metadata spells in its own way', async () => {
      await on({ machines: [['127.0.0.11', '2001:db8:1::5']] });
      expect((await lines('2001:db8::10')).slice(0, 2)).toEqual([
        'ip -6 addr replace 2001:db8::10/128 dev lo',
        'ip -6 route replace default via 2001:db8::1 dev eth0',
      ]);
      expect(await provider().identify(signal())).toMatchObject({ instance: '4201001' });
    });

    test('without IPv6 is told to enable it', async () => {
      await on();
      expect(await lines('2001:db8::10')).toEqual([expect.stringMatching(/no IPv6: enable it/)]);
    });

    test('is known by its firmware', async () => {
      await on();
      const product = 'Droplet';
      expect(cloudHere([digitalocean], { vendor: 'DigitalOcean\n', product }) === digitalocean).toBe(true);
      expect(cloudHere([digitalocean], { vendor: 'Vultr', product: 'DigitalOcean' }) === digitalocean).toBe(
        false,
      );
    });
  });

  describe('the simulator is strict, so that our own errors show', () => {
    const ask = async (path: string, init: { method?: string; body?: object } = {}) => {
      const answer = await fetch(stage.served.endpoint + path, {
        method: init.method ?? 'GET',
        headers: { authorization: `Bearer ${stage.served.token}`, 'content-type': 'application/json' },
        ...(init.body && { body: JSON.stringify(init.body) }),
      });
      return { status: answer.status, headers: answer.headers, body: await answer.text() };
    };
    const post = (body: object) => ask(`/v2/reserved_ips/${IP}/actions`, { method: 'POST', body });

    test.each([
      ['an unknown path', '/v2/floating_ips', 404],
      ['an unknown parameter', '/v2/droplets?region=fra1', 400],
      ['a page that is none', '/v2/droplets?page=0', 400],
      ['a page that is too long', '/v2/droplets?per_page=201', 400],
      ['tag and name together', '/v2/droplets?tag_name=a&name=b', 400],
    ])('%s', async (_name, path, status) => {
      await on();
      const answer = await ask(path);
      expect([answer.status, JSON.parse(answer.body)]).toEqual([
        status,
        { id: expect.any(String), message: expect.any(String), request_id: expect.any(String) },
      ]);
      expect(answer.headers.get('ratelimit-limit')).toBe('5000');
    });

    test.each([
      ['an unknown type', { type: 'move' }],
      ['an unknown field', { type: 'assign', droplet_id: 4201001, force: true }],
      ['a droplet id as text', { type: 'assign', droplet_id: '4201001' }],
    ])('an action with %s', async (_name, body) => {
      await on();
      expect((await post(body)).status).toBe(400);
    });

    test('a request without a token, and the metadata of a stranger', async () => {
      await on();
      expect((await fetch(`${stage.served.endpoint}/v2/droplets`)).status).toBe(401);
      expect((await fetch(`${stage.served.metadata}/metadata/v1/id`)).status).toBe(404);
    });
  });
});

describe('digitalocean: settings', () => {
  const good: ProviderSettings = {
    resource: addressResource(IP),
    credentials: { token: new Secret('dop_v1_x') },
  };

  test.each([undefined, 'https://api.digitalocean.com', 'https://api.example/v2/', 'http://127.0.0.1:8080/'])(
    'the endpoint %s is good',
    (endpoint) => {
      expect(digitalocean.check({ ...good, endpoint })).toEqual([]);
      expect(digitalocean.create({ ...good, endpoint }).traits).toEqual({
        associate: 'moves',
        fences: true,
        settleMs: 0,
      });
    },
  );

  test.each([
    ['https://api.example/compute', /path \/compute/],
    ['http://api.example', /https/],
    ['https://user:hunter2@api.example', /no user name/],
    ['https://api.example?x=1', /without \?/],
    ['api.example', /got no URL/],
  ])('the endpoint %s is refused', (endpoint, expected) => {
    const lines = digitalocean.check({ ...good, endpoint });
    expect(lines).toEqual([expect.stringMatching(expected)]);
    expect(lines[0]).not.toContain('hunter2');
  });

  test('a token that no header could carry is refused, and not shown', () => {
    const lines = digitalocean.check({
      ...good,
      credentials: { token: new Secret('dop_v1_hunter2\r\nx: y') },
    });
    expect(lines).toEqual([expect.stringMatching(/^--token-file: .*other characters/)]);
    expect(lines[0]).not.toContain('hunter2');
  });

  test('all mistakes are reported together', () => {
    const lines = digitalocean.check({
      credentials: {},
      resource: addressResource('nonsense'),
      instance: 'i-1',
      metadata: 'nowhere',
      endpoint: 'x',
    });
    expect(lines.map((line) => line.split(':')[0])).toEqual([
      '--endpoint',
      '--metadata',
      '--address',
      '--token-file',
      '--instance',
    ]);
    expect(() => digitalocean.create({ resource: addressResource(IP), credentials: {} })).toThrow(
      /not checked/,
    );
  });
});
