import { afterEach, describe, expect, test } from 'vitest';
import { type ServedCloud, type Simulator, serveSimulator } from '../../providers/kit/simulator-cloud.ts';
import { addressesOf, byFamily, heldBy, nameId, present } from '../../providers/kit/simulator-machines.ts';
import { metadataRoute } from '../../providers/kit/simulator-metadata.ts';
import {
  bearer,
  type Call,
  operationRoutes,
  Refused,
  type Simulated,
  start,
} from '../../providers/kit/simulator-operations.ts';

/** The smallest cloud that there can be: all else comes from the kit. */

interface Quirks {
  readonly text?: string;
}

const toy = {
  flavours: { toy: { path: '/api' } },
  provider: 'toy',
  credentials: { TOY_TOKEN: 'token' },
  mode: 'moves',
  zone: 'here',
  routes,
} as const satisfies Simulator<Quirks>;

function routes(of: Simulated<Quirks>) {
  const api = {
    operations: [
      { on: 'GET /api/machines/{id}', name: 'get-machine', run: machine },
      { on: 'POST /api/give/{id}', name: 'give', run: give },
    ],
    credentialOf: bearer,
    subjectOf: ({ asked }: Call<Quirks>) => asked.groups.id ?? null,
    admit: ({ caller }: Call<Quirks>) => {
      if (caller === null) throw new Refused(401, 'who are you?', { headers: { 'x-try': 'again' } });
      return { 'x-left': '7' };
    },
    refuse: ({ status, message, headers }: Refused, { quirks }: Call<Quirks>) => ({
      ...{ status, headers, body: { no: quirks.text ?? message } },
    }),
  };
  const metadata = metadataRoute({
    path: /^\/me\/(?<key>\w+)$/,
    machines: () => present(of.cloud),
    answer: ({ name }, key) => (key === 'name' ? { status: 200, body: name } : null),
  });
  return [...operationRoutes(of, api), metadata];
}

function machine({ cloud, asked }: Call<Quirks>) {
  const found = cloud.instances.get(asked.groups.id ?? '');
  if (found === undefined) throw new Refused(404, 'no such machine');
  return { status: 200, body: { own: byFamily(addressesOf(found)), held: heldBy(cloud, found).length } };
}

function give(call: Call<Quirks>) {
  const { id = '' } = call.asked.groups;
  const outcome = start(call, { kind: 'associate', address: '203.0.113.10', instance: id });
  return { status: 202, body: typeof outcome === 'string' ? outcome : outcome.state };
}

describe('a toy cloud over the kit', () => {
  let served: ServedCloud;
  const open = async (quirks: Quirks = {}) => {
    const machines = [['127.0.0.1'], ['198.51.100.7', '10.0.0.7', '2001:db8::7']];
    served = await serveSimulator(toy, toy.flavours.toy, { quirks, machines, timing: { reportsAfterMs: 0 } });
  };
  afterEach(() => served.close());

  const ask = async (path: string, { method = 'GET', token = served.tokenOf('lb1') } = {}) => {
    const answer = await fetch(served.endpoint + path, {
      method,
      headers: { authorization: `Bearer ${token}` },
    });
    const { status, headers } = answer;
    return { status, left: headers.get('x-left'), again: headers.get('x-try'), text: await answer.text() };
  };

  test('an operation answers, with the headers of its admission', async () => {
    await open();
    const own = {
      ...{ four: ['198.51.100.7', '10.0.0.7'], six: ['2001:db8::7'] },
      ...{ main: '198.51.100.7', internal: '10.0.0.7' },
    };
    const answer = await ask(`/machines/${served.machine('lb2').id}`);
    expect(answer).toMatchObject({ status: 200, left: '7', again: null });
    expect(JSON.parse(answer.text)).toEqual({ own, held: 0 });
  });

  test('a stranger is refused in the form of the cloud, and recorded by the address', async () => {
    await open();
    expect(await ask('/machines/x', { token: 'nonsense' })).toEqual({
      ...{ status: 401, left: null, again: 'again', text: '{"no":"who are you?"}' },
    });
    expect(served.cloud.calls).toMatchObject([{ who: '127.0.0.1', what: 'get-machine', outcome: '401' }]);
  });

  test('what an operation refuses keeps the headers of the admission; a quirk has it another way', async () => {
    await open({ text: 'nothing here' });
    expect(await ask('/machines/x')).toMatchObject({ status: 404, left: '7', text: '{"no":"nothing here"}' });
  });

  test('a write is recorded with its caller and subject, and done in the caller’s name', async () => {
    await open();
    const { id } = served.machine('lb2');
    expect(await ask(`/give/${id}`, { method: 'POST' })).toMatchObject({ status: 202, text: 'done' });
    expect(await ask(`/give/${id}`, { method: 'POST', token: served.token })).toMatchObject({ text: 'done' });
    const record = { what: 'give', write: true, subject: id };
    expect(served.cloud.calls).toMatchObject([
      { ...record, who: 'lb1' },
      { ...record, who: 'anyone' },
    ]);
    expect(served.cloud.changes).toMatchObject([{ who: 'lb1', holders: [id] }]);
  });

  test('an action goes as a fault says', async () => {
    await open();
    served.faults.add({ what: 'give', effect: { kind: 'job', timing: { reportsAfterMs: 0, fails: 'no' } } });
    const { id } = served.machine('lb2');
    expect(await ask(`/give/${id}`, { method: 'POST' })).toMatchObject({ text: 'failed' });
  });

  test('metadata knows the machine that asks, and says so where it has nothing', async () => {
    await open();
    const answers = ['name', 'age'].map(async (key) => {
      const answer = await fetch(`${served.metadata}/me/${key}`);
      return [answer.status, await answer.text()];
    });
    expect(await Promise.all(answers)).toEqual([
      [200, 'lb1'],
      [404, 'not found\n'],
    ]);
    expect(new Set(served.cloud.calls.map(({ who }) => who))).toEqual(new Set(['lb1']));
  });

  test('a watchdog is told by the variables that the cloud declares', async () => {
    await open();
    expect(served.provider).toBe('toy');
    expect(served.environment('lb2')).toEqual({ TOY_TOKEN: served.tokenOf('lb2') });
  });
});

test('an id made of a name is a UUID, the same in every run', () => {
  expect(nameId('vpc net')).toBe(nameId('vpc net'));
  expect(nameId('vpc net')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
});
