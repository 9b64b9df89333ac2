import type { InstanceId } from '../../src/core/index.ts';
import type { Action, Cloud, Job, Refusal, Timing } from '../../src/sim/cloud.ts';
import type { Asked, Effect, Naming, Reply, Route } from '../../src/sim/serve.ts';

/** Whose a credential is; the secret is that of keys which sign, else ''. */
export interface Caller {
  readonly who: string;
  readonly secret: string;
}

/** What the routes of a cloud are made of. */
export interface Simulated<Quirks> {
  readonly cloud: Cloud;
  /** By key or token. */
  readonly callers: ReadonlyMap<string, Caller>;
  /** Looked up at each request: a test may change them on the way. */
  readonly quirks: Quirks;
}

/** A request, and all that its answer may depend on. */
export interface Call<Quirks> extends Simulated<Quirks> {
  readonly asked: Asked;
  /** What only the cloud itself can do wrong: an empty list, a job that fails. */
  readonly fault: Effect | null;
  readonly caller: Caller | null;
  /** The caller as records name it; a stranger by the address. */
  readonly who: string;
}

/** One operation of an API: `on` is its method and path, with `{name}` for what varies. */
export interface Operation<Quirks> {
  readonly on: string;
  readonly name: string;
  readonly run: (call: Call<Quirks>) => Reply;
}

/** How an API treats all its operations. */
export interface Api<Quirks, O extends Operation<Quirks>> {
  readonly operations: readonly O[];
  /** The key or token of a request, in the form of its caller's. */
  readonly credentialOf: (asked: Asked) => string;
  /** The instance that a write concerns, where the request tells. */
  readonly subjectOf: (call: Call<Quirks>) => InstanceId | null;
  /** Throws `Refused`; returns headers that go with the answer, whatever it becomes. */
  readonly admit: (call: Call<Quirks>, operation: O) => Readonly<Record<string, string>>;
  /** Looks at what a caller who was let in asks for. Throws `Refused`. */
  readonly check?: (call: Call<Quirks>, operation: O) => void;
  /** The form of an error. */
  readonly refuse: (refused: Refused, call: Call<Quirks>) => Reply;
  /** Default: the name of the operation. */
  readonly nameOf?: (call: Call<Quirks>, operation: O) => string;
  /** What `{name}` stands for. Default: all up to the next slash. */
  readonly segment?: string;
}

interface RefusedMore {
  readonly headers?: Readonly<Record<string, string>>;
  readonly code?: number | null;
}

/** A refusal that `refuse` writes in the form of its API. */
export class Refused extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The API's own number, where it has one besides the status. */
  readonly code: number | null;

  constructor(status: number, message: string, { headers = {}, code = null }: RefusedMore = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
    this.code = code;
  }
}

/** Routes, authentication and errors of an API whose operations are told apart by method and path. */
export function operationRoutes<Q, O extends Operation<Q>>(of: Simulated<Q>, api: Api<Q, O>): Route[] {
  return api.operations.map((operation) => {
    const [method = '', path = ''] = operation.on.split(' ');
    const pattern = path.replace(/\{(\w+)\}/g, `(?<$1>${api.segment ?? '[^/]+'})`);
    const call = (asked: Asked, fault: Effect | null) => callOf(of, api.credentialOf(asked), asked, fault);
    return {
      method,
      path: new RegExp(`^${pattern}$`),
      name: (asked) => naming(api, operation, call(asked, null)),
      answer: (asked, fault) => answer(api, operation, call(asked, fault)),
    };
  });
}

/** Routes for all that is asked below a path, where no operation is. */
export function elsewhere(path: RegExp, name: Route['name'], answer: (asked: Asked) => Reply): Route[] {
  return ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => ({ method, path, name, answer }));
}

export function callOf<Q>(of: Simulated<Q>, credential: string, asked: Asked, fault: Effect | null): Call<Q> {
  const caller = of.callers.get(credential) ?? null;
  return { ...of, asked, fault, caller, who: caller?.who ?? asked.remote };
}

function naming<Q, O extends Operation<Q>>(api: Api<Q, O>, operation: O, call: Call<Q>): Naming {
  const write = call.asked.method !== 'GET';
  const what = api.nameOf?.(call, operation) ?? operation.name;
  return { who: call.who, what, write, subject: write ? api.subjectOf(call) : null };
}

function answer<Q, O extends Operation<Q>>(api: Api<Q, O>, operation: O, call: Call<Q>): Reply {
  let always: Readonly<Record<string, string>> = {};
  const run = () => {
    always = api.admit(call, operation);
    api.check?.(call, operation);
    return operation.run(call);
  };
  const reply = orRefused(run, (refused) => api.refuse(refused, call));
  return { ...reply, headers: { ...always, ...reply.headers } };
}

/** What `run` returns; what it refuses, in the form of the API. Other errors are faults of the simulator itself. */
export function orRefused(run: () => Reply, refuse: (refused: Refused) => Reply): Reply {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return refuse(error);
  }
}

/** The token of `Authorization: Bearer …`, or ''. */
export function bearer({ headers }: Asked): string {
  return /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '';
}

/** The object that the text is in JSON, which may be an array; null where it is none. */
export function jsonObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? (value as Record<string, unknown> | null) : null;
  } catch {
    return null;
  }
}

/** Begins an action in the caller's name; it takes its usual time, unless a fault says otherwise. */
export function start<Q>(call: Call<Q>, action: Action, timing: Timing = timingOf(call)): Job | Refusal {
  return call.cloud.start(action, call.asked.at, call.who, timing);
}

export function timingOf<Q>({ cloud, fault }: Call<Q>): Timing {
  return fault?.kind === 'job' ? fault.timing : cloud.timing;
}
