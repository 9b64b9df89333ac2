import { afterEach, describe, expect, test } from 'vitest';
import type { Quirks } from '../../../providers/exoscale/simulator.ts';
import type { CloudOptions, Flavour } from '../../../providers/simulators.ts';
import { Secret } from '../../../src/config/secret.ts';
import type { Provider } from '../../../src/ports/provider.ts';
import { conforms, failureOf } from '../contract.ts';
import { CANARIES, type ExoscaleStage, exoscale, IP, open, settingsOf } from './stage.ts';

for (const flavour of ['exoscale', 'cloudstack'] satisfies Flavour[]) {
  conforms({
    name: flavour,
    open: ({ shared, ...options } = {}) => open({ flavour, ...options }, shared),
    commands: { read: 'listVirtualMachines', associate: 'addIpToNic', dissociate: 'removeIpFromNic' },
    // An answer that repeats the credentials must not carry them into an error.
    errorBody: (errorcode) => ({
      errorresponse: {
        uuidList: [],
        errorcode,
        cserrorcode: 9999,
        errortext: `canary ${CANARIES.join(' ')}\n\u001b[31m`,
      },
    }),
    secrets: CANARIES,
  });
}

describe('exoscale: its own ways', () => {
  let stage: ExoscaleStage;
  const on = async (options: CloudOptions, address?: string) => {
    stage = await open(options, address);
    return stage;
  };
  const provider = (): Provider => stage.provider;
  const signal = () => AbortSignal.timeout(10_000);
  afterEach(() => stage.close());

  const bigZone = Array.from({ length: 23 }, (_, index) => [`127.0.1.${index + 1}`]);

  test('identify: the node id is the UUID of the default NIC, from metadata and the API', async () => {
    await on({});
    expect(await provider().identify(signal())).toEqual({
      instance: '1b000000-0000-4000-8000-000000000001',
      node: '00c00000000040008000000000000001',
      name: 'lb1',
      zone: 'ch-gva-2',
      addresses: [{ ip: '127.0.0.11', network: expect.any(String), private: false }],
    });
  });

  test.each<[string, Quirks, boolean]>([
    ['the address filter ignored', { ipaddressFilter: false }, true],
    ['pages of seven', { pageSizeMax: 7, pageSizeOver: 'capped', ipaddressFilter: false }, true],
    ['no count', { count: false, ipaddressFilter: false }, true],
    [
      'pages of seven, no count',
      { count: false, pageSizeMax: 7, pageSizeOver: 'capped', ipaddressFilter: false },
      true,
    ],
  ])('holders among many machines: %s', async (_name, quirks) => {
    await on({ machines: bigZone, holders: ['lb22'], quirks });
    expect(await provider().read(signal())).toMatchObject({ holders: [stage.id('lb22')] });
  });

  test('addresses compare by value: 10.0.0.1 is not 10.0.0.10', async () => {
    await on({ quirks: { ipaddressFilter: false } }, '10.0.0.1');
    const long = { id: 'x', ip: '10.0.0.10', zone: 'ch-gva-2', mode: 'adds', holdings: [] } as const;
    stage.cloud.addresses.set(long.ip, { ...long });
    stage.cloud.setHolders(long.ip, [stage.id('lb2')], performance.now());
    expect(await provider().read(signal())).toMatchObject({ holders: [] });
  });

  test.each([
    ['a page that is missing', { kind: 'empty' } as const],
    [
      'a count that does not match',
      {
        kind: 'answer',
        status: 200,
        body: { listvirtualmachinesresponse: { count: 3, virtualmachine: [] } },
      } as const,
    ],
  ])('%s is an error, never a part of the list', async (_name, effect) => {
    await on({
      machines: bigZone,
      flavour: 'cloudstack',
      quirks: { pageSizeMax: 7, pageSizeOver: 'capped' },
    });
    await provider().identify(signal());
    let page = 0;
    stage.cloud.onCall(() => {
      page += 1;
      if (page === 2) stage.faults.add({ what: 'listVirtualMachines', effect });
    });
    const error = await failureOf(provider().members!('ha-ip', signal()));
    expect(error.kind).toBe('unavailable');
    expect(error.message).toMatch(/entries after page 2/);
  });

  test('a zone without this machine is not the whole zone', async () => {
    await on({ flavour: 'cloudstack', holders: ['lb2'] });
    await provider().identify(signal());
    stage.faults.add({ what: 'listVirtualMachines', effect: { kind: 'empty' } });
    for (const attempt of [provider().read(signal()), provider().members!('ha-ip', signal())]) {
      expect((await failureOf(attempt)).kind).toBe('unavailable');
    }
  });

  test.each([
    [401, 'denied'],
    [530, 'unavailable'],
  ])('an error %i with status 200 is an error, not an empty list', async (errorcode, kind) => {
    await on({});
    await provider().identify(signal());
    const body = { listvirtualmachinesresponse: { errorcode, cserrorcode: 9999, errortext: 'no' } };
    stage.faults.add({ what: 'listVirtualMachines', effect: { kind: 'answer', status: 200, body } });
    expect((await failureOf(provider().read(signal()))).kind).toBe(kind);
  });

  test('the same machine on two pages is an error: another one may be missing', async () => {
    await on({ flavour: 'cloudstack' });
    await provider().identify(signal());
    const lb1 = { id: stage.id('lb1'), zoneid: 'z', state: 'Running' };
    const body = { listvirtualmachinesresponse: { count: 2, virtualmachine: [lb1] } };
    stage.faults.add({ what: 'listVirtualMachines', effect: { kind: 'answer', status: 200, body } });
    expect((await failureOf(provider().read(signal()))).message).toMatch(/same entry on two pages/);
  });

  test('members: every machine of the group in whatever state, none of another group', async () => {
    await on({});
    stage.cloud.setState(stage.id('lb2'), 'off', performance.now());
    const stranger = {
      ...stage.served.machine('lb3'),
      id: '1b000000-0000-4000-8000-0000000000aa',
      groups: ['web'],
    };
    stage.cloud.instances.set(stranger.id, stranger);
    const members = await provider().members!('ha-ip', signal());
    expect(members.map(({ name, state }) => [name, state])).toEqual([
      ['lb1', 'running'],
      ['lb2', 'off'],
      ['lb3', 'running'],
    ]);
  });

  test('members: machines that are gone but still listed are gone', async () => {
    await on({ quirks: { lingering: true } });
    stage.cloud.setState(stage.id('lb2'), 'gone', performance.now());
    const members = await provider().members!('ha-ip', signal());
    expect(members.find(({ instance }) => instance === stage.id('lb2'))?.state).toBe('gone');
  });

  test('members of an unknown group: missing, and the message names the groups that exist', async () => {
    await on({ group: 'peers' });
    const error = await failureOf(provider().members!('ha peers', signal()));
    expect(error.kind).toBe('missing');
    expect(error.message).toMatch(/no security group "ha peers".*"peers"/);
  });

  test('an address that the account does not have: missing', async () => {
    await on({});
    const other = exoscale.create(settingsOf(stage.served, '198.51.100.1'));
    const error = await failureOf(other.read(signal()));
    expect(error.kind).toBe('missing');
    expect(error.message).toContain('198.51.100.1');
  });

  test('an address of another zone: rejected, and the message names both zones', async () => {
    await on({});
    const far = { id: 'x', ip: '198.51.100.2', zone: 'de-fra-1', mode: 'adds', holdings: [] } as const;
    stage.cloud.addresses.set(far.ip, { ...far });
    const error = await failureOf(exoscale.create(settingsOf(stage.served, far.ip)).read(signal()));
    expect(error.kind).toBe('rejected');
    expect(error.message).toMatch(/de-fra-1.*ch-gva-2/);
  });

  test('eligibility: nothing, an address that is not there, and one of another zone', async () => {
    await on({});
    expect(await provider().eligibility!(signal())).toEqual([]);
    const far = { id: 'x', ip: '198.51.100.2', zone: 'de-fra-1', mode: 'adds', holdings: [] } as const;
    stage.cloud.addresses.set(far.ip, { ...far });
    const reasons = [far.ip, '198.51.100.9'].map((ip) =>
      exoscale.create(settingsOf(stage.served, ip)).eligibility!(signal()),
    );
    expect((await Promise.all(reasons)).flat()).toEqual([
      expect.stringMatching(/de-fra-1/),
      expect.stringMatching(/no shared address 198\.51\.100\.9/),
    ]);
  });

  test('eligibility: an instance without a default NIC; a cloud that does not answer is an error', async () => {
    await on({});
    const lonely = exoscale.create({ ...settingsOf(stage.served), instance: stage.id('lb1') });
    stage.cloud.instances.set(stage.id('lb1'), { ...stage.served.machine('lb1'), nics: [] });
    expect(await lonely.eligibility!(signal())).toEqual([expect.stringMatching(/without a default NIC/)]);
    stage.faults.add({ what: 'listVirtualMachines', effect: { kind: 'html' } });
    expect((await failureOf(lonely.eligibility!(signal()))).kind).toBe('unavailable');
  });

  test('whether the account has the address is asked once, and a key that may not ask goes on', async () => {
    await on({});
    const denied = { listpublicipaddressesresponse: { errorcode: 531, cserrorcode: 4365, errortext: 'no' } };
    const end = stage.faults.add({
      what: 'listPublicIpAddresses',
      effect: { kind: 'answer', status: 531, body: denied },
    });
    expect(await provider().read(signal())).toMatchObject({ holders: [] });
    end();
    await provider().read(signal());
    await provider().read(signal());
    const asked = stage.cloud.calls.filter(({ what }) => what === 'listPublicIpAddresses');
    expect(asked).toHaveLength(2);
  });

  test.each<[Flavour, string[]]>([
    ['exoscale', []],
    ['cloudstack', ['lb2']],
  ])('%s: a takeover is one read, the writes, and one read', async (flavour, holders) => {
    await on({ flavour, holders, timing: { reportsAfterMs: 1 } });
    await provider().identify(signal());
    await provider().read(signal());
    const before = stage.cloud.calls.length;
    const { holders: found } = await provider().read(signal());
    for (const holder of found) await provider().dissociate(holder, signal());
    await provider().associate(stage.id('lb1'), signal());
    expect(await provider().read(signal())).toMatchObject({ holders: [stage.id('lb1')] });
    const clear = ['listVirtualMachines', 'removeIpFromNic', 'queryAsyncJobResult'];
    expect(stage.cloud.calls.slice(before).map(({ what }) => what)).toEqual([
      'listVirtualMachines',
      ...(holders.length > 0 ? clear : []),
      ...['addIpToNic', 'queryAsyncJobResult'],
      'listVirtualMachines',
    ]);
  });

  test('what a look said serves one associating of this machine, and no other', async () => {
    await on({});
    await provider().identify(signal());
    await provider().associate(stage.id('lb2'), signal());
    expect(stage.cloud.holders(IP)).toEqual([stage.id('lb2')]);
    await provider().associate(stage.id('lb1'), signal());
    stage.cloud.setHolders(IP, [], performance.now());
    await provider().associate(stage.id('lb1'), signal());
    await provider().associate(stage.id('lb1'), signal());
    const writes = stage.cloud.calls.filter(({ write }) => write).map(({ subject }) => subject);
    expect(writes).toEqual(['lb2', 'lb1', 'lb1'].map(stage.id));
  });

  test('to have just been identified is to have looked', async () => {
    await on({});
    await provider().identify(signal());
    await provider().associate(stage.id('lb1'), signal());
    const looks = stage.cloud.calls.filter(({ what }) => what === 'listVirtualMachines');
    expect(looks).toHaveLength(1);
  });

  test('a read that finds the address here: associating looks, and does not write', async () => {
    await on({});
    await provider().identify(signal());
    stage.cloud.setHolders(IP, [stage.id('lb1')], performance.now());
    await provider().read(signal());
    await provider().associate(stage.id('lb1'), signal());
    expect(stage.cloud.calls.filter(({ write }) => write)).toEqual([]);
  });

  test.each([431, 537] as const)(
    'attaching twice gives %i, and is success all the same',
    async (attachTwice) => {
      await on({ quirks: { attachTwice } });
      await provider().identify(signal());
      // Another process attaches between our look and our call.
      stage.cloud.onCall(({ what }) => {
        if (what === 'addIpToNic') stage.cloud.setHolders(IP, [stage.id('lb1')], performance.now());
      });
      await provider().associate(stage.id('lb1'), signal());
      expect(stage.cloud.holders(IP)).toEqual([stage.id('lb1')]);
    },
  );

  test('the address is removed by another between our look and our call: success', async () => {
    await on({ holders: ['lb1'] });
    stage.cloud.onCall(({ what }) => {
      if (what === 'removeIpFromNic') stage.cloud.setHolders(IP, [], performance.now());
    });
    await provider().dissociate(stage.id('lb1'), signal());
    expect(stage.cloud.holders(IP)).toEqual([]);
  });

  test.each([431, 533, 535, 537] as const)('CloudStack refuses a held address with %i', async (heldError) => {
    await on({ flavour: 'cloudstack', holders: ['lb2'], quirks: { heldError } });
    const error = await failureOf(provider().associate(stage.id('lb1'), signal()));
    expect(error.kind).toBe(heldError === 533 ? 'unavailable' : 'conflict');
  });

  test.each([
    ['531 not allowed', 'denied'],
    ['530 internal', 'unavailable'],
    ['532 limit', 'rejected'],
    ['537 conflict', 'conflict'],
  ])('a job that ends with "%s" is %s', async (fails, kind) => {
    await on({ timing: { reportsAfterMs: 5, fails } });
    const error = await failureOf(provider().associate(stage.id('lb1'), signal()));
    expect(error.kind).toBe(kind);
    expect(error.message).toContain(fails);
  });

  test('success may be the text "true"', async () => {
    await on({ holders: ['lb1'], quirks: { successText: true } });
    await provider().dissociate(stage.id('lb1'), signal());
    expect(stage.cloud.holders(IP)).toEqual([]);
  });

  test.each(['error', 'empty'] as const)('an unknown instance answered by %s is gone', async (unknownId) => {
    await on({ quirks: { unknownId } });
    const id = '1b000000-0000-4000-8000-0000000000ff';
    expect(await provider().describe(id, signal())).toEqual({ instance: id, state: 'gone', addresses: [] });
    await provider().dissociate(id, signal());
    expect((await failureOf(provider().associate(id, signal()))).kind).toBe('missing');
  });

  test('error 431 about an id means that there is none, whatever its text', async () => {
    await on({});
    const body = { listvirtualmachinesresponse: { errorcode: 431, cserrorcode: 4350, errortext: 'no luck' } };
    stage.faults.add({ what: 'listVirtualMachines', effect: { kind: 'answer', status: 431, body } });
    expect((await provider().describe(stage.id('lb2'), signal())).state).toBe('gone');
  });

  test('a server that refuses our page size does not make machines vanish', async () => {
    await on({ quirks: { pageSizeMax: 7 } });
    expect((await provider().describe(stage.id('lb2'), signal())).state).toBe('running');
    const error = await failureOf(provider().read(signal()));
    expect(error.kind).toBe('rejected');
    expect(error.message).toMatch(/Page size/);
  });

  test('a job of ours that we lost sight of is pending until it ends', async () => {
    await on({ timing: { reportsAfterMs: 300 } });
    const caller = new AbortController();
    await failureOf(provider().associate(stage.id('lb1'), caller.signal, () => caller.abort()));
    const changed = new Promise((resolve) => stage.cloud.onChange(resolve));
    expect(await provider().read(signal())).toMatchObject({ holders: [], pending: true });
    await changed;
    expect(await provider().read(signal())).toMatchObject({ holders: [stage.id('lb1')], pending: false });
  });

  test('a poll that fails leaves the end of the job unknown', async () => {
    await on({});
    stage.faults.add({ what: 'queryAsyncJobResult', effect: { kind: 'html' } });
    const error = await failureOf(provider().associate(stage.id('lb1'), signal()));
    expect(error).toMatchObject({ kind: 'unavailable', mayHaveHappened: true });
  });

  test.each([
    ['the API key', { 'api-key': new Secret('wrong') }],
    ['the secret', { 'api-secret': new Secret('wrong') }],
  ])('a wrong value of %s is denied', async (_name, wrong) => {
    await on({});
    const good = settingsOf(stage.served);
    const other = exoscale.create({ ...good, credentials: { ...good.credentials, ...wrong } });
    const error = await failureOf(other.read(signal()));
    expect(error.kind).toBe('denied');
    expect(error.message).toMatch(/listVirtualMachines.*401.*clock/);
  });

  test('the instance id may be given; metadata is then not asked', async () => {
    await on({});
    const given = {
      ...settingsOf(stage.served),
      instance: stage.id('lb2').toUpperCase(),
      metadata: 'http://127.0.0.1:1',
    };
    expect(await exoscale.create(given).identify(signal())).toMatchObject({ instance: stage.id('lb2') });
  });

  test.each([
    ['no UUID', { kind: 'answer', status: 200, body: 'i-am-somebody\n' }],
    ['two lines', { kind: 'answer', status: 200, body: '1b000000-0000-4000-8000-000000000001\nevil\n' }],
    ['a redirect', { kind: 'answer', status: 302, headers: { location: 'http://127.0.0.1:1/' }, body: '' }],
    ['far too much', { kind: 'answer', status: 200, body: 'x'.repeat(100_000) }],
    ['nothing within a second', { kind: 'hang', at: 'headers' }],
    ['one byte at a time', { kind: 'drip', everyMs: 100 }],
  ] as const)('metadata answers %s: unavailable, and the message says what to do', async (_name, effect) => {
    await on({});
    stage.faults.add({ what: 'metadata instance-id', effect });
    const error = await failureOf(provider().identify(signal()));
    expect(error.kind).toBe('unavailable');
    expect(error.message).toMatch(/latest\/meta-data\/instance-id/);
  });

  test('metadata tells machines apart by their source address', async () => {
    await on({});
    const other = exoscale.create(settingsOf(stage.served, IP, 'lb3'));
    expect(await other.identify(signal())).toMatchObject({ instance: stage.id('lb3') });
  });

  test('calls are recorded with caller, command, subject and outcome', async () => {
    await on({});
    await provider().associate(stage.id('lb2'), signal());
    const write = stage.cloud.calls.find(({ what }) => what === 'addIpToNic');
    expect(write).toMatchObject({ who: 'lb1', subject: stage.id('lb2'), write: true, outcome: '200' });
  });
});
