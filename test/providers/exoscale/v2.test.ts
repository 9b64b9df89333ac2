import { afterEach, describe, expect, test } from 'vitest';
import { endpointOf, zoneOf } from '../../../providers/exoscale/v2/client.ts';
import type { V2Quirks } from '../../../providers/exoscale/v2/simulator/quirks.ts';
import type { CloudOptions } from '../../../providers/simulators.ts';
import { Secret } from '../../../src/config/secret.ts';
import type { Provider } from '../../../src/ports/provider.ts';
import type { SimInstance } from '../../../src/sim/cloud.ts';
import type { Effect } from '../../../src/sim/serve.ts';
import { cloudHere } from '../../../src/watchdog/cloud-access.ts';
import { conforms, failureOf } from '../contract.ts';
import { CANARIES, type ExoscaleStage, exoscale, IP, open as openAny, settingsOf } from './stage.ts';

interface Options extends Omit<CloudOptions, 'quirks'> {
  readonly quirks?: V2Quirks;
}

/** Prefixes can be attached to instances with IPv6 alone. */
const DUAL = [1, 2, 3].map((number) => [`127.0.0.1${number}`, `2001:db8:1::${number}`]);

function open({ quirks, ...options }: Options, address?: string): Promise<ExoscaleStage> {
  const machines = address?.includes(':') === true ? { machines: DUAL } : {};
  return openAny({ flavour: 'exoscale-v2', ...machines, ...options, quirks: { v2: quirks ?? {} } }, address);
}

const ATTACH = 'attach-instance-to-elastic-ip';
const DETACH = 'detach-instance-from-elastic-ip';

for (const errors of ['message', 'problem'] as const) {
  conforms({
    name: `exoscale-v2, errors as ${errors}`,
    open: ({ shared, ...options } = {}) => open({ ...options, quirks: { errors } }, shared),
    commands: { read: 'list-instances', associate: ATTACH, dissociate: DETACH },
    // An answer that repeats the credentials must not carry them into an error.
    errorBody: (status) => {
      const text = `canary ${CANARIES.join(' ')}\n\u001b[31m`;
      return errors === 'message' ? { message: text } : { type: 'about:blank', title: text, status };
    },
    secrets: CANARIES,
  });
}

const signal = () => AbortSignal.timeout(10_000);

let stage: ExoscaleStage;
const on = async (options: Options = {}, address?: string): Promise<ExoscaleStage> => {
  stage = await open(options, address);
  return stage;
};
const provider = (): Provider => stage.provider;
const calls = (from = 0) => stage.cloud.calls.slice(from).map(({ what }) => what);
const answering = (status: number, body: unknown, headers: Record<string, string> = {}): Effect => ({
  kind: 'answer',
  status,
  body,
  headers,
});

describe('exoscale-v2: who we are', () => {
  afterEach(() => stage.close());

  test('identify: the node id is the UUID of the instance; instance and zone come from metadata', async () => {
    await on();
    expect(await provider().identify(signal())).toEqual({
      instance: '1b000000-0000-4000-8000-000000000001',
      node: '1b000000000040008000000000000001',
      name: 'lb1',
      zone: 'ch-gva-2',
      addresses: [{ ip: '127.0.0.11', network: 'public', private: false }],
    });
    expect(calls().sort()).toEqual(['get-instance', 'metadata availability-zone', 'metadata instance-id']);
  });

  test('GET /zone is never sent, and metadata is asked once', async () => {
    await on({ holders: ['lb2'] });
    await provider().identify(signal());
    await provider().read(signal());
    await provider().members!('ha-ip', signal());
    expect(calls()).not.toContain('list-zones');
    expect(calls().filter((what) => what.startsWith('metadata'))).toHaveLength(2);
  });

  test('the endpoint is the zone', () => {
    expect(endpointOf('de-fra-1')).toBe('https://api-de-fra-1.exoscale.com/v2');
  });

  test.each(['https://api-de-fra-1.exoscale.com/v2', 'https://api-de-fra-1.exoscale.com/v2/'])(
    'the endpoint %s names its zone: metadata is not asked for it',
    async (endpoint) => {
      await on();
      const zone = await zoneOf({ ...settingsOf(stage.served), endpoint }, signal());
      expect([zone.name, calls()]).toEqual(['de-fra-1', []]);
    },
  );

  test.each(['evil.example/#', 'ch-gva-2.evil.example', 'CH-GVA-2', 'a@b', 'ch-gva-2\nx', ''])(
    'metadata calls the zone %j: no credential goes there',
    async (zone) => {
      await on();
      stage.faults.add({ what: 'metadata availability-zone', effect: answering(200, zone) });
      const { endpoint, ...withoutEndpoint } = settingsOf(stage.served);
      expect(endpoint).toBeDefined();
      const error = await failureOf(exoscale.create(withoutEndpoint).identify(signal()));
      expect(error.kind).toBe('unavailable');
      expect(error.message).toMatch(/no zone .*--endpoint/);
    },
  );

  test.each([
    ['no UUID', answering(200, 'i-am-somebody\n')],
    ['a redirect', answering(302, '', { location: 'http://127.0.0.1:1/' })],
    ['nothing within a second', { kind: 'hang', at: 'headers' }],
  ] satisfies [string, Effect][])('metadata answers %s: unavailable', async (_name, effect) => {
    await on();
    stage.faults.add({ what: 'metadata instance-id', effect });
    const error = await failureOf(provider().identify(signal()));
    expect(error.kind).toBe('unavailable');
    expect(error.message).toMatch(/latest\/meta-data\/instance-id: /);
  });

  test('the instance may be given: metadata is then not asked, and an unknown host stands for the zone', async () => {
    await on();
    const instance = stage.id('lb2').toUpperCase();
    const given = { ...settingsOf(stage.served), instance, metadata: 'http://127.0.0.1:1' };
    expect(await exoscale.create(given).identify(signal())).toMatchObject({
      instance: stage.id('lb2'),
      zone: '127.0.0.1',
    });
  });

  test('an instance that the zone does not know: missing, and the message says where to look', async () => {
    await on();
    const instance = '1b000000-0000-4000-8000-0000000000ff';
    const error = await failureOf(
      exoscale.create({ ...settingsOf(stage.served), instance }).identify(signal()),
    );
    expect(error.kind).toBe('missing');
    expect(error.message).toMatch(/--instance and --endpoint/);
  });
});

describe('exoscale-v2: holders', () => {
  afterEach(() => stage.close());

  const bigZone = Array.from({ length: 23 }, (_, index) => [`127.0.1.${index + 1}`]);

  test.each([true, false])('are verified one by one, the filter honoured: %s', async (addressFilter) => {
    await on({ machines: bigZone, holders: ['lb22', 'lb7'], quirks: { addressFilter } });
    const { holders } = await provider().read(signal());
    expect([...holders].sort()).toEqual([stage.id('lb22'), stage.id('lb7')].sort());
    expect(calls().filter((what) => what === 'get-instance')).toHaveLength(addressFilter ? 3 : 23);
  });

  test('one that holds only another address is none', async () => {
    await on({ quirks: { addressFilter: false } });
    const other = { id: '5ea12ed0-0000-4000-8000-0000000000ff', ip: '203.0.113.1', zone: 'ch-gva-2' };
    stage.cloud.addresses.set(other.ip, { ...other, mode: 'adds', holdings: [] });
    stage.cloud.setHolders(other.ip, [stage.id('lb2')], performance.now());
    expect(await provider().read(signal())).toMatchObject({ holders: [] });
  });

  test('ourselves we see although the filter does not yet', async () => {
    await on({ holders: ['lb1'] });
    stage.faults.add({ what: 'list-instances', effect: { kind: 'empty' } });
    expect(await provider().read(signal())).toMatchObject({ holders: [stage.id('lb1')] });
  });

  test('one that is gone between the list and the look at it holds nothing', async () => {
    await on({ holders: ['lb2', 'lb3'] });
    await provider().identify(signal());
    stage.cloud.onCall(({ what }) => {
      if (what === 'list-instances') setImmediate(vanish);
    });
    const vanish = () => stage.cloud.setState(stage.id('lb2'), 'gone', performance.now());
    expect(await provider().read(signal())).toMatchObject({ holders: [stage.id('lb3')] });
  });

  test.each(['present', 'absent'] as const)('nobody, the empty list being %s', async (emptyLists) => {
    await on({ quirks: { emptyLists } });
    expect(await provider().read(signal())).toMatchObject({ holders: [] });
  });

  test('an error with status 200 is an error, not an empty list', async () => {
    await on();
    stage.faults.add({ what: 'list-instances', effect: answering(200, { message: 'try later' }) });
    expect((await failureOf(provider().read(signal()))).kind).toBe('unavailable');
  });

  test('the answers describe the machines, at no further call', async () => {
    await on({ holders: ['lb2'] });
    stage.cloud.setState(stage.id('lb2'), 'off', performance.now());
    const { described } = await provider().read(signal());
    expect(described?.map(({ name, state }) => [name, state])).toEqual([
      ['lb1', 'running'],
      ['lb2', 'off'],
    ]);
  });

  test('an address that the zone does not have: missing, and the message names those it has', async () => {
    await on();
    const far = { id: '5ea12ed0-0000-4000-8000-0000000000ff', ip: '198.51.100.2', zone: 'de-fra-1' };
    stage.cloud.addresses.set(far.ip, { ...far, mode: 'adds', holdings: [] });
    const error = await failureOf(exoscale.create(settingsOf(stage.served, far.ip)).read(signal()));
    expect(error.kind).toBe('missing');
    expect(error.message).toMatch(/no Elastic IP 198\.51\.100\.2 in zone ch-gva-2.*203\.0\.113\.10\/32/);
  });
});

describe('exoscale-v2: a takeover', () => {
  afterEach(() => stage.close());

  test('is one read, one write, its polls, and one read; then the dead holder is dissociated', async () => {
    await on({ holders: ['lb2'] });
    await provider().identify(signal());
    await provider().read(signal());
    const before = stage.cloud.calls.length;
    await provider().read(signal());
    await provider().associate(stage.id('lb1'), signal());
    expect(await provider().read(signal())).toMatchObject({ holders: [stage.id('lb1'), stage.id('lb2')] });
    await provider().dissociate(stage.id('lb2'), signal());
    expect(stage.cloud.holders(IP)).toEqual([stage.id('lb1')]);
    const look = ['list-instances', 'get-instance', 'get-instance'];
    const [attach, detach] = [ATTACH, DETACH].map((write) => [write, 'get-operation']);
    expect(calls(before)).toEqual([...look, ...attach!, ...look, 'get-instance', ...detach!]);
  });

  test('an operation that has ended when it is accepted is not asked for', async () => {
    await on({ timing: { reportsAfterMs: 0 } });
    await provider().associate(stage.id('lb1'), signal());
    expect(calls()).not.toContain('get-operation');
  });

  test('what a look said serves one associating of this machine, and no other', async () => {
    await on();
    await provider().read(signal());
    await provider().associate(stage.id('lb2'), signal());
    await provider().associate(stage.id('lb1'), signal());
    stage.cloud.setHolders(IP, [], performance.now());
    await provider().associate(stage.id('lb1'), signal());
    await provider().associate(stage.id('lb1'), signal());
    const writes = stage.cloud.calls.filter(({ write }) => write).map(({ subject }) => subject);
    expect(writes).toEqual(['lb2', 'lb1', 'lb1'].map(stage.id));
  });

  test('that this machine lacks the address says nothing of another', async () => {
    await on({ holders: ['lb2'] });
    await provider().read(signal());
    await provider().associate(stage.id('lb2'), signal());
    expect(calls()).not.toContain(ATTACH);
  });

  test('a read that finds the address here: associating does not write', async () => {
    await on({ holders: ['lb1'] });
    await provider().read(signal());
    await provider().associate(stage.id('lb1'), signal());
    expect(calls()).not.toContain(ATTACH);
  });

  test.each(['success', 'refused', 'fails'] as const)(
    'attaching twice: %s, and is success all the same',
    async (attachTwice) => {
      await on({ quirks: { attachTwice } });
      await provider().read(signal());
      stage.cloud.setHolders(IP, [stage.id('lb1')], performance.now());
      await provider().associate(stage.id('lb1'), signal());
      expect(stage.cloud.holders(IP)).toEqual([stage.id('lb1')]);
    },
  );

  test.each(['success', 'refused', 'fails'] as const)(
    'the address is detached by another between our look and our call: %s, and is success all the same',
    async (detachTwice) => {
      await on({ holders: ['lb1'], quirks: { detachTwice } });
      stage.cloud.onCall(({ what }) => {
        if (what === DETACH) stage.cloud.setHolders(IP, [], performance.now());
      });
      await provider().dissociate(stage.id('lb1'), signal());
      expect(stage.cloud.holders(IP)).toEqual([]);
    },
  );

  test('a refusal where the wish is not fulfilled stays one', async () => {
    await on();
    await provider().read(signal());
    stage.faults.add({ what: ATTACH, effect: answering(409, { message: 'busy' }) });
    const error = await failureOf(provider().associate(stage.id('lb1'), signal()));
    expect(error).toMatchObject({ kind: 'conflict', mayHaveHappened: false });
  });

  test.each([
    ['busy', 'conflict', false],
    ['conflict', 'conflict', false],
    ['forbidden', 'denied', false],
    ['not-found', 'missing', false],
    ['incorrect', 'rejected', false],
    ['unsupported', 'rejected', false],
    ['fault', 'unavailable', true],
    ['interrupted', 'unavailable', true],
    ['partial', 'unavailable', true],
    ['unavailable', 'unavailable', true],
    ['something else', 'unavailable', true],
    ['timeout', 'unavailable', true],
  ])('an operation that ends with "%s" is %s', async (fails, kind, mayHaveHappened) => {
    await on({ timing: { reportsAfterMs: 5, fails } });
    const error = await failureOf(provider().associate(stage.id('lb1'), signal()));
    expect(error).toMatchObject({ kind, mayHaveHappened });
    expect(error.message).toContain(fails);
  });

  test('an operation that timed out leaves its end unknown, whatever the reason', async () => {
    await on();
    const operation = { id: '5150c10d-0000-4000-8000-000000000001', state: 'timeout', reason: 'busy' };
    stage.faults.add({ what: 'get-operation', effect: answering(200, operation) });
    const error = await failureOf(provider().associate(stage.id('lb1'), signal()));
    expect(error).toMatchObject({ kind: 'unavailable', mayHaveHappened: true });
  });

  test('an operation in a state that we do not know leaves its end unknown', async () => {
    await on();
    const operation = { id: '5150c10d-0000-4000-8000-000000000001', state: 'paused' };
    stage.faults.add({ what: 'get-operation', effect: answering(200, operation) });
    const error = await failureOf(provider().associate(stage.id('lb1'), signal()));
    expect(error).toMatchObject({ kind: 'unavailable', mayHaveHappened: true });
  });

  test.each<[string, Effect, string]>([
    ['a page of HTML', { kind: 'html' }, 'unavailable'],
    ['that there is no such operation', answering(404, { message: 'no' }), 'unavailable'],
    ['too early', answering(429, { error: 'slow down', retry_after: 3 }), 'throttled'],
    ['forbidden', answering(403, { message: 'Forbidden by role policy' }), 'denied'],
  ])('a poll that is answered with %s leaves the end unknown', async (_name, effect, kind) => {
    await on();
    stage.faults.add({ what: 'get-operation', effect });
    const error = await failureOf(provider().associate(stage.id('lb1'), signal()));
    expect(error).toMatchObject({ kind, mayHaveHappened: true });
    expect(error.message).toMatch(/get-operation/);
  });

  test('an operation of ours that we lost sight of is pending until it ends', async () => {
    await on({ timing: { reportsAfterMs: 300 } });
    const caller = new AbortController();
    await failureOf(provider().associate(stage.id('lb1'), caller.signal, () => caller.abort()));
    const changed = new Promise((resolve) => stage.cloud.onChange(resolve));
    expect(await provider().read(signal())).toMatchObject({ holders: [], pending: true });
    await changed;
    expect(await provider().read(signal())).toMatchObject({ holders: [stage.id('lb1')], pending: false });
  });

  test('an address that was given back and reserved again has another id: the next read finds it', async () => {
    await on();
    await provider().read(signal());
    const again = { ...stage.cloud.addresses.get(IP)!, id: '5ea12ed0-0000-4000-8000-0000000000aa' };
    stage.cloud.addresses.set(IP, again);
    expect((await failureOf(provider().associate(stage.id('lb1'), signal()))).kind).toBe('missing');
    await provider().read(signal());
    await provider().associate(stage.id('lb1'), signal());
    expect(stage.cloud.holders(IP)).toEqual([stage.id('lb1')]);
  });

  test('a managed address is never moved: every call says so, and so does eligibility', async () => {
    await on({ holders: ['lb1'], quirks: { managed: [IP] } });
    const attempts = [
      provider().read(signal()),
      provider().associate(stage.id('lb1'), signal()),
      provider().dissociate(stage.id('lb1'), signal()),
    ];
    for (const attempt of attempts) {
      const error = await failureOf(attempt);
      expect(error).toMatchObject({ kind: 'rejected', mayHaveHappened: false });
      expect(error.message).toMatch(/must not be moved: it is managed/);
    }
    expect(stage.cloud.calls.filter(({ write }) => write)).toEqual([]);
    expect(await provider().eligibility!(signal())).toEqual([expect.stringMatching(/it is managed/)]);
  });
});

describe('exoscale-v2: a prefix of IPv6', () => {
  afterEach(() => stage.close());

  test('is meant by every address in it, and by none outside', async () => {
    await on({ holders: ['lb2'] }, '2001:db8:7::10');
    const inside = exoscale.create(settingsOf(stage.served, '2001:DB8:7::beef'));
    expect(await inside.read(signal())).toMatchObject({ holders: [stage.id('lb2')] });
    await inside.associate(stage.id('lb1'), signal());
    expect(stage.cloud.holders('2001:db8:7::10')).toEqual([stage.id('lb2'), stage.id('lb1')]);
    const outside = exoscale.create(settingsOf(stage.served, '2001:db8:7::1:0:10'));
    expect((await failureOf(outside.read(signal()))).kind).toBe('missing');
  });

  test('needs an instance with IPv6: eligibility says so, attaching is refused', async () => {
    await on({ machines: [['127.0.0.11']] }, '2001:db8:7::10');
    expect(await provider().eligibility!(signal())).toEqual([expect.stringMatching(/enable IPv6/)]);
    expect((await failureOf(provider().associate(stage.id('lb1'), signal()))).kind).toBe('conflict');
  });
});

describe('exoscale-v2: eligibility', () => {
  afterEach(() => stage.close());

  const change = (name: string, changed: Partial<SimInstance>) =>
    stage.cloud.instances.set(stage.id(name), { ...stage.served.machine(name), ...changed });

  test('nothing stands in the way', async () => {
    await on();
    expect(await provider().eligibility!(signal())).toEqual([]);
  });

  test('no such address in this zone', async () => {
    await on();
    const other = exoscale.create(settingsOf(stage.served, '198.51.100.1'));
    expect(await other.eligibility!(signal())).toEqual([expect.stringMatching(/no Elastic IP 198/)]);
  });

  test('an instance without a public network', async () => {
    await on();
    const settings = settingsOf(stage.served);
    change('lb1', { nics: [] });
    const lonely = exoscale.create({ ...settings, instance: stage.id('lb1') });
    expect(await lonely.eligibility!(signal())).toEqual([expect.stringMatching(/no public network/)]);
  });

  test.each<[string, V2Quirks, number]>([
    ['a pool that gives the address to all its members', { pool: { machines: ['lb1'], addresses: [IP] } }, 1],
    ['a pool that does not', { pool: { machines: ['lb1'], addresses: [] } }, 0],
    ['a pool of others', { pool: { machines: ['lb2'], addresses: [IP] } }, 0],
    [
      'a pool that the key may not ask for',
      { pool: { machines: ['lb1'], addresses: [IP] }, forbidden: ['get-instance-pool'] },
      0,
    ],
  ])('%s', async (_name, quirks, lines) => {
    await on({ quirks });
    const reasons = await provider().eligibility!(signal());
    expect(reasons).toHaveLength(lines);
    for (const reason of reasons) expect(reason).toMatch(/instance pool pool/);
  });

  test('a cloud that does not answer is an error, not a reason', async () => {
    await on();
    stage.faults.add({ what: 'list-elastic-ips', effect: { kind: 'html' } });
    expect((await failureOf(provider().eligibility!(signal()))).kind).toBe('unavailable');
  });
});

describe('exoscale-v2: the group', () => {
  afterEach(() => stage.close());

  const stranger = (): SimInstance => ({
    ...stage.served.machine('lb3'),
    id: '1b000000-0000-4000-8000-0000000000aa',
    groups: ['web'],
  });
  const privately = (name: string, ip: string) => {
    const machine = stage.served.machine(name);
    const nic = { id: `${name}-private`, network: 'backend', default: false, addresses: [ip] };
    stage.cloud.instances.set(machine.id, { ...machine, nics: [...machine.nics, nic] });
  };

  test.each([
    ['ha-ip', true],
    ['ha-ip', false],
    ['firewall:ha-ip', false],
  ])(
    '%s: its machines in whatever state, by the id of the group (names given: %s)',
    async (group, groupNames) => {
      await on({ quirks: { groupNames } });
      stage.cloud.setState(stage.id('lb2'), 'off', performance.now());
      stage.cloud.instances.set(stranger().id, stranger());
      const members = await provider().members!(group, signal());
      expect(members.map(({ name, state, zone }) => [name, state, zone])).toEqual([
        ['lb1', 'running', 'ch-gva-2'],
        ['lb2', 'off', 'ch-gva-2'],
        ['lb3', 'running', 'ch-gva-2'],
      ]);
      expect(members[0]).toMatchObject({ node: '1b000000000040008000000000000001' });
    },
  );

  test('nobody of it: an empty list', async () => {
    await on();
    stage.cloud.instances.set(stranger().id, stranger());
    const members = await provider().members!('web', signal());
    expect(members.map(({ instance }) => instance)).toEqual([stranger().id]);
  });

  test('an unknown group: missing, and the message names those that exist', async () => {
    await on({ group: 'peers' });
    const error = await failureOf(provider().members!('ha peers', signal()));
    expect(error.kind).toBe('missing');
    expect(error.message).toMatch(/no security group "ha peers".*"peers"/);
  });

  test.each(['tag:ha-ip', 'vpc:ha-ip'])('%s: rejected, because Exoscale has none such', async (group) => {
    await on();
    const error = await failureOf(provider().members!(group, signal()));
    expect(error.kind).toBe('rejected');
    expect(error.message).toMatch(/name of a security group/);
  });

  test('a zone without this machine is not the whole zone', async () => {
    await on();
    await provider().identify(signal());
    stage.faults.add({ what: 'list-instances', effect: { kind: 'empty' } });
    expect((await failureOf(provider().members!('ha-ip', signal()))).kind).toBe('unavailable');
  });

  test('addresses in private networks are told, after the public one', async () => {
    await on();
    privately('lb1', '10.0.0.1');
    privately('lb2', '10.0.0.2');
    const { addresses } = await provider().identify(signal());
    expect(addresses.map(({ ip }) => ip)).toEqual(['127.0.0.11', '10.0.0.1']);
    const members = await provider().members!('ha-ip', signal());
    expect(members.map((member) => member.addresses.map(({ ip }) => ip))).toEqual([
      ['127.0.0.11', '10.0.0.1'],
      ['127.0.0.12', '10.0.0.2'],
      ['127.0.0.13'],
    ]);
    expect(members[0]!.addresses[1]).toEqual({ ...addresses[1], private: true });
  });

  test('a key that may not ask for private networks does without', async () => {
    await on({ quirks: { forbidden: ['list-private-networks'] } });
    privately('lb1', '10.0.0.1');
    const { addresses } = await provider().identify(signal());
    expect(addresses.map(({ ip }) => ip)).toEqual(['127.0.0.11']);
  });

  test('where nobody is in a private network, none is asked for', async () => {
    await on();
    await provider().members!('ha-ip', signal());
    expect(calls()).not.toContain('list-private-networks');
  });
});

describe('exoscale-v2: errors', () => {
  afterEach(() => stage.close());

  test.each(['message', 'error', 'problem', 'text'] as const)('written as %s are told', async (errors) => {
    await on({ quirks: { errors, forbidden: ['list-instances'] } });
    const error = await failureOf(provider().read(signal()));
    expect(error.kind).toBe('denied');
    expect(error.message).toMatch(/403: Forbidden by role policy for compute.*must allow list-instances/);
  });

  test.each([
    [400, 'rejected'],
    [404, 'missing'],
    [408, 'unavailable'],
    [409, 'conflict'],
    [412, 'conflict'],
    [423, 'conflict'],
    [422, 'rejected'],
    [502, 'unavailable'],
  ])('status %i is %s, whatever its text', async (status, kind) => {
    await on();
    await provider().read(signal());
    stage.faults.add({
      what: 'list-instances',
      effect: answering(status, { message: 'not found, denied, busy' }),
    });
    expect((await failureOf(provider().read(signal()))).kind).toBe(kind);
  });

  test('a wait may stand in the body', async () => {
    await on();
    stage.faults.add({ what: 'list-instances', effect: answering(429, { error: 'slow', retry_after: 1.5 }) });
    expect(await failureOf(provider().read(signal()))).toMatchObject({
      kind: 'throttled',
      retryAfterMs: 1500,
    });
  });

  test('that an instance is gone is believed of the API alone, not of a plain text', async () => {
    await on();
    const asked = provider().describe(stage.id('lb2'), signal());
    expect((await asked).state).toBe('running');
    stage.faults.add({ what: 'get-instance', effect: answering(404, '404 page not found\n') });
    expect((await failureOf(provider().describe(stage.id('lb2'), signal()))).kind).toBe('unavailable');
  });

  test('an id that is no UUID never becomes a part of a path', async () => {
    await on();
    await provider().identify(signal());
    const before = stage.cloud.calls.length;
    for (const id of ['../zone', 'i-1', '']) {
      expect((await failureOf(provider().describe(id, signal()))).kind).toBe('missing');
    }
    expect(calls(before)).toEqual([]);
  });

  test('an instance that is still known when it is gone', async () => {
    await on({ quirks: { lingering: true } });
    stage.cloud.setState(stage.id('lb2'), 'gone', performance.now());
    expect((await provider().describe(stage.id('lb2'), signal())).state).toBe('gone');
  });

  test('another instance than the one asked for is no answer', async () => {
    await on();
    const body = { id: stage.id('lb3'), state: 'running' };
    stage.faults.add({ what: 'get-instance', effect: answering(200, body) });
    expect((await failureOf(provider().describe(stage.id('lb2'), signal()))).kind).toBe('unavailable');
  });

  test.each<[string, Record<string, Secret>, 401 | 403]>([
    ['API key', { 'api-key': new Secret('wrong') }, 403],
    ['secret', { 'api-secret': new Secret('wrong') }, 403],
    ['secret', { 'api-secret': new Secret('wrong') }, 401],
  ])('a wrong %s is denied', async (_name, wrong, badSignature) => {
    await on({ quirks: { badSignature } });
    const good = settingsOf(stage.served);
    const other = exoscale.create({ ...good, credentials: { ...good.credentials, ...wrong } });
    const error = await failureOf(other.identify(signal()));
    expect(error.kind).toBe('denied');
    expect(error.message).toMatch(/get-instance.*clock/);
  });

  test('calls are recorded with caller, operation, subject and outcome', async () => {
    await on();
    await provider().associate(stage.id('lb2'), signal());
    const write = stage.cloud.calls.find(({ what }) => what === ATTACH);
    expect(write).toMatchObject({ who: 'lb1', subject: stage.id('lb2'), write: true, outcome: '200' });
  });
});

describe('exoscale-v2: the address book', () => {
  afterEach(() => stage.close());

  const book = () => exoscale.addressBook!(settingsOf(stage.served));

  test('lists addresses with their holders, and which are managed', async () => {
    await on({ holders: ['lb2', 'lb3'], quirks: { managed: ['203.0.113.11'] } });
    const other = { id: '5ea12ed0-0000-4000-8000-0000000000ff', ip: '203.0.113.11', zone: 'ch-gva-2' };
    stage.cloud.addresses.set(other.ip, { ...other, mode: 'adds', holdings: [] });
    expect(await book().list(signal())).toEqual([
      {
        address: IP,
        id: '5ea12ed0-0000-4000-8000-000000000001',
        zone: 'ch-gva-2',
        holders: [stage.id('lb2'), stage.id('lb3')],
      },
      {
        address: '203.0.113.11',
        id: other.id,
        zone: 'ch-gva-2',
        holders: [],
        managed: expect.stringMatching(/managed/),
      },
    ]);
  });

  test.each([
    [4, /^198\.51\.100\.\d+$/],
    [6, /^2001:db8:/],
  ] as const)('reserves an address of family %i, and releases it', async (family, shape) => {
    await on();
    const reserved = await book().reserve({ family, zone: 'ch-gva-2' }, signal());
    expect(reserved).toMatchObject({ address: expect.stringMatching(shape), zone: 'ch-gva-2', holders: [] });
    expect((await book().list(signal())).map(({ address }) => address)).toEqual([IP, reserved.address]);
    await book().release(reserved.address, signal());
    expect((await book().list(signal())).map(({ address }) => address)).toEqual([IP]);
  });

  test('a prefix is released by its own name, not by any address in it', async () => {
    await on({}, '2001:db8:7::10');
    expect((await failureOf(book().release('2001:db8:7::10', signal()))).kind).toBe('missing');
    expect(stage.cloud.addresses.size).toBe(1);
  });

  test.each(['de-fra-1', 'nowhere'])(
    'a wish for zone %s at an endpoint of another: rejected',
    async (zone) => {
      await on();
      const error = await failureOf(book().reserve({ family: 4, zone }, signal()));
      expect(error.kind).toBe('rejected');
      expect(stage.cloud.calls.filter(({ write }) => write)).toEqual([]);
    },
  );

  test('the cs dialects have none', async () => {
    await on();
    const endpoint = stage.served.endpoint.replace(/v2$/, 'compute');
    const cs = exoscale.addressBook!({ ...settingsOf(stage.served), endpoint });
    expect((await failureOf(cs.list(signal()))).kind).toBe('rejected');
  });
});

test('a machine is Exoscale’s if its firmware says so', () => {
  expect(cloudHere([exoscale], { vendor: 'QEMU', product: 'Exoscale Compute Platform' }) === exoscale).toBe(
    true,
  );
  expect(cloudHere([exoscale], { vendor: 'DigitalOcean', product: 'Droplet' }) === exoscale).toBe(false);
});
