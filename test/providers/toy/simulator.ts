import type { Cloud, Job } from '../../../src/sim/cloud.ts';
import type { Asked, Effect, Naming, Reply, Route } from '../../../src/sim/serve.ts';

/** The toy's API over the model of a cloud, as the simulators of real ones are. */
export function routes(cloud: Cloud, phrase: string): Route[] {
  const route = (method: string, path: RegExp, what: string, answer: Route['answer']): Route => ({
    ...{ method, path },
    name: (asked): Naming => {
      const { held } = orderOf(asked);
      const named = method === 'GET' ? what : held ? 'give' : 'take';
      return { who: asked.remote, what: named, write: method !== 'GET', subject: orderOf(asked).id ?? null };
    },
    answer: (asked, fault) =>
      asked.headers.authorization === `Bearer ${phrase}` || what === 'metadata'
        ? answer(asked, fault)
        : { status: 401, body: {} },
  });
  return [
    route('GET', /^\/toy\/id$/, 'metadata', ({ remote }) => ({ status: 200, body: idAt(cloud, remote) })),
    route('GET', /^\/address\/(?<ip>[^/]+)$/, 'look', ({ groups }) => look(cloud, groups.ip ?? '')),
    route('GET', /^\/machine\/(?<id>[^/]+)$/, 'machine', ({ groups }) => machine(cloud, groups.id ?? '')),
    route('GET', /^\/job\/(?<id>[^/]+)$/, 'job', ({ groups }) => jobOf(cloud.jobs.get(groups.id ?? ''))),
    route('POST', /^\/address\/(?<ip>[^/]+)$/, 'order', (asked, fault) => order(cloud, asked, fault)),
  ];
}

function orderOf({ body }: Asked): { readonly id?: string; readonly held?: boolean } {
  return body === '' ? {} : JSON.parse(body);
}

function idAt(cloud: Cloud, remote: string): string {
  const own = [...cloud.instances.values()].find(({ nics }) => nics[0]!.addresses.includes(remote));
  return own?.id ?? 'nobody';
}

function look(cloud: Cloud, ip: string): Reply {
  return cloud.addresses.has(ip) ? { status: 200, body: { holders: cloud.holders(ip) } } : MISSING;
}

function machine(cloud: Cloud, id: string): Reply {
  const found = cloud.instances.get(id);
  if (found === undefined || found.state === 'gone') return MISSING;
  const { name, state, nics } = found;
  return { status: 200, body: { machine: { id, name, state, ip: nics[0]!.addresses[0] } } };
}

function order(cloud: Cloud, asked: Asked, fault: Effect | null): Reply {
  const { id = '', held = false } = orderOf(asked);
  const action = { address: asked.groups.ip ?? '', instance: id };
  const timing = fault?.kind === 'job' ? fault.timing : cloud.timing;
  const kind = held ? 'associate' : 'dissociate';
  const started = cloud.start({ kind, ...action }, asked.at, asked.remote, timing);
  return typeof started === 'string' ? { status: 409, body: { why: started } } : jobOf(started);
}

function jobOf(job: Job | undefined): Reply {
  return job === undefined ? MISSING : { status: 200, body: { job: { id: job.id, state: job.state } } };
}

const MISSING: Reply = { status: 404, body: {} };
