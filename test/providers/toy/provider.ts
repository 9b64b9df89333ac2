import * as v from 'valibot';
import { bearerRequest, type Question } from '../../../providers/kit/bearer.ts';
import { isUuid, nodeOf, uuid } from '../../../providers/kit/ids.ts';
import { JsonClient } from '../../../providers/kit/json-client.ts';
import { described, identified, type KnownMember, Once } from '../../../providers/kit/machines.ts';
import { Metadata } from '../../../providers/kit/metadata.ts';
import { Uuid, under } from '../../../providers/kit/schemas.ts';
import { addressOf, checkSettings, mustBeChecked } from '../../../providers/kit/settings.ts';
import { endOf, steps, UnderWay } from '../../../providers/kit/settle.ts';
import type { Description, InstanceId } from '../../../src/core/index.ts';
import type { ProviderModule } from '../../../src/ports/cloud.ts';
import type { AccountSettings, Identity, Provider, ProviderSettings } from '../../../src/ports/provider.ts';
import { declaration } from './declaration.ts';

/** The whole of a cloud over the kit: what it takes at least. */
export const toy: ProviderModule = { ...declaration, check, create };

const Machine = v.object({
  id: Uuid,
  name: v.string(),
  state: v.picklist(['running', 'off', 'gone', 'unknown']),
  ip: v.string(),
});
const Job = v.object({ id: v.string(), state: v.picklist(['pending', 'done', 'failed']) });
type Job = v.InferOutput<typeof Job>;
const Holders = under('holders', v.array(Uuid));

function check(settings: AccountSettings): string[] {
  return checkSettings(declaration, uuid, settings);
}

function clientOf({ endpoint = 'https://toy.example', credentials }: AccountSettings): JsonClient<Question> {
  const account = { provider: 'toy', endpoint, token: credentials['pass-phrase']! };
  return new JsonClient<Question>({
    request: (question, signal) => bearerRequest(account, question, signal),
    lists: {
      page: (question) => question,
      end: v.pipe(
        v.unknown(),
        v.transform(() => ({ count: null, next: '' })),
      ),
    },
  });
}

function create(settings: ProviderSettings): Provider {
  mustBeChecked(check(settings));
  const [client, ip] = [clientOf(settings), addressOf(settings)];
  const underWay = new UnderWay<Job>();
  const metadata = new Metadata({ provider: 'toy', prefix: '/toy/', advice: 'play on' }, settings);
  const asks = { path: `/address/${ip}` };

  const machine = (id: InstanceId, signal: AbortSignal) =>
    client.lookUp({ path: `/machine/${id}` }, id, under('machine', Machine), signal);
  const job = async (question: Question, signal: AbortSignal) =>
    client.ask(question, under('job', Job), signal);
  const home = new Once(async (signal) => {
    const id = await metadata.value('id', 'UUID', (text) => (isUuid(text) ? text : null), signal);
    const found = await machine(id, signal);
    if (found === null) throw client.complaint(asks, { kind: 'missing', came: `no machine ${id}` });
    return member(found);
  });
  const holders = (signal: AbortSignal) => client.ask(asks, Holders, signal);

  async function act(held: boolean, id: InstanceId, signal: AbortSignal, onAccepted?: () => void) {
    if ((await holders(signal)).includes(id) === held) return;
    const order: Question = { method: 'POST', ...asks, body: { id, held }, what: held ? 'give' : 'take' };
    const started = await job(order, signal);
    onAccepted?.();
    const ended = ({ state }: Job) => (state === 'pending' ? null : state);
    const end = () =>
      endOf({
        ...{ pace: steps([Number.POSITIVE_INFINITY, 50]), signal, first: ended(started) },
        look: async () => ended(await job({ path: `/job/${started.id}` }, signal)),
        givenUp: () => client.ended(order, { kind: 'unavailable', came: 'given up' }),
      });
    const state = await underWay.until(started, end);
    if (state === 'failed') throw client.ended(order, { kind: 'conflict', came: 'the job failed' });
  }

  return {
    name: declaration.name,
    traits: declaration.traits(settings),
    identify: async (signal): Promise<Identity> => identified(await home.anew(signal), ip),
    read: async (signal) => ({
      holders: await holders(signal),
      pending: await underWay.pending(async ({ id }) => {
        return (await job({ path: `/job/${id}` }, signal)).state === 'pending';
      }),
    }),
    describe: async (instance, signal): Promise<Description> => {
      const found = await machine(instance, signal);
      return found === null ? { instance, state: 'gone', addresses: [] } : described(member(found));
    },
    associate: (instance, signal, onAccepted) => act(true, instance, signal, onAccepted),
    dissociate: (instance, signal) => act(false, instance, signal),
  };
}

function member({ id, name, state, ip }: v.InferOutput<typeof Machine>): KnownMember {
  const own = { ip, network: 'box', private: true };
  return { instance: id, node: nodeOf(id), name, zone: 'nursery', state, addresses: [own] };
}
