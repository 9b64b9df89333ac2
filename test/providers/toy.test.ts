import { describe, expect, test } from 'vitest';
import { clouds } from '../../providers/index.ts';
import { flavours } from '../../providers/simulators.ts';
import { cloudOptions } from '../../src/cli/commands/cloud-options.ts';
import { commandsWith } from '../../src/cli/commands.ts';
import { manualPage } from '../../src/cli/docs/manual.ts';
import { programHelp } from '../../src/cli/output/help.ts';
import { plannedGroup } from '../../src/cli/planning/group.ts';
import { loadConfig } from '../../src/config/load.ts';
import { optionsFor } from '../../src/config/options.ts';
import { Secret } from '../../src/config/secret.ts';
import type { ListedCloud } from '../../src/ports/cloud.ts';
import { Cloud } from '../../src/sim/cloud.ts';
import { serve } from '../../src/sim/serve.ts';
import { chosenCloud } from '../../src/watchdog/cloud-access.ts';
import { addressResource } from '../../src/wire/resource.ts';
import { conforms, type Stage, type StageOptions } from './contract.ts';
import { declaration } from './toy/declaration.ts';
import { toy } from './toy/provider.ts';
import { routes } from './toy/simulator.ts';

const PHRASE = 'toy-canary-phrase';
const idOf = (name: string) => `70700000-0000-4000-8000-00000000000${name.replace('lb', '')}`;

async function open({ shared = '203.0.113.10', holders = [], timing }: StageOptions = {}): Promise<Stage> {
  const cloud = new Cloud({
    instances: ['lb1', 'lb2', 'lb3'].map((name, index) => ({
      ...{ id: idOf(name), name, zone: 'nursery', state: 'running', groups: [], tags: [] },
      nics: [{ id: name, network: 'box', default: true, addresses: [`127.0.0.${11 + index}`] }],
    })),
    addresses: [{ id: 'a', ip: shared, zone: 'nursery', mode: 'moves', holders: holders.map(idOf) }],
    timing: timing ?? { reportsAfterMs: 5 },
  });
  const served = await serve({ cloud, routes: routes(cloud, PHRASE) });
  const credentials = { 'pass-phrase': new Secret(PHRASE) };
  const [endpoint, metadata, source] = [served.url, served.url, '127.0.0.11'];
  const resource = addressResource(shared);
  const provider = toy.create({ resource, credentials, endpoint, metadata, source });
  return { provider, cloud, faults: served.faults, address: shared, id: idOf, close: served.close };
}

conforms({
  name: 'toy',
  open,
  commands: { read: 'look', associate: 'give', dissociate: 'take' },
  errorBody: (status) => ({ why: `${status} ${PHRASE}\n` }),
  secrets: [PHRASE],
});

describe('a cloud that is added to the list is known everywhere', () => {
  const listed: ListedCloud = { ...declaration, load: async () => toy };
  const all = [...clouds, listed];
  const options = optionsFor(all);
  const commands = commandsWith(options);

  test('its credentials are options, with a file each; its variables and groups are in the help', () => {
    const help = programHelp(commands);
    for (const text of [
      '--pass-phrase PHRASE',
      '--pass-phrase-file FILE',
      'shelf:',
      'toy',
      'pass phrase of Toy',
    ])
      expect(help).toContain(text);
    expect(programHelp(commandsWith(optionsFor(clouds)))).not.toMatch(/toy/i);
  });

  test('the manual has them, too', () => {
    const page = manualPage(commands, '0');
    for (const text of ['pass\\-phrase', 'TOY_PASS_PHRASE', 'TOY_URL', 'TOY_PEERS'])
      expect(page).toContain(text);
  });

  test('its credentials tell that it is meant, and are handed to it', () => {
    const loaded = load({ TOY_PASS_PHRASE: 'x', TOY_URL: 'https://toy.example', TOY_PEERS: '10.0.0.2' });
    expect(loaded).toMatchObject({ provider: 'toy', endpoint: 'https://toy.example', peers: ['10.0.0.2'] });
    expect(loaded.credentials['pass-phrase']!.reveal()).toBe('x');
  });

  test('as a flag or a file, too; and its own variables say nothing when another cloud is meant', () => {
    expect(load({ HA_IP_PASS_PHRASE: 'x' }).provider).toBe('toy');
    expect(load({ HA_IP_PROVIDER: 'vultr', TOY_URL: 'https://toy.example' }).endpoint).toBeUndefined();
  });

  test('its firmware tells that this machine is one of its', () => {
    const none = load({});
    expect(chosenCloud(none, all, { vendor: 'Toys & Sons\n', product: '' })).toBe(listed);
    expect(() => chosenCloud(none, all, { vendor: 'Toys', product: '' })).toThrow(/exoscale, .*, toy;/);
  });

  test('a group of its kinds is understood', () => {
    expect(load({ HA_IP_GROUP: 'shelf:upper' }).group).toEqual({ kind: 'shelf', name: 'upper' });
  });

  test('a plan reads its traits and its budget, without credentials', () => {
    const { provider, associate, budget } = plannedGroup(load({ HA_IP_PROVIDER: 'toy' }), undefined, all);
    expect([provider, associate]).toEqual(['toy', 'moves']);
    expect(budget).toMatchObject({ by: 'Toy', requests: 77 });
    const elsewhere = load({ HA_IP_PROVIDER: 'toy', HA_IP_ENDPOINT: 'https://toy.example/other' });
    expect(() => plannedGroup(elsewhere, undefined, all)).toThrow(/--endpoint: expected https:.*\/other/);
  });

  test('its simulated cloud can be chosen by name', () => {
    const { flavour } = cloudOptions(all);
    expect(flavour.summary).toContain('toy (of wood)');
    expect(flavour.read(['toy'])).toEqual({ ok: true, value: 'toy' });
  });

  test('of the real ones, all that are declared are served, and no others', () => {
    expect(flavours).toEqual(clouds.flatMap((cloud) => Object.keys(cloud.flavours)));
  });

  function load(env: Record<string, string>) {
    const readFile = () => {
      throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    };
    const loaded = loadConfig({ options, flags: {}, env, uid: 1000, readFile });
    if (!loaded.ok) throw new Error(loaded.mistakes.join('\n'));
    return loaded.config;
  }
});
