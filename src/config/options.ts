import { defaults } from '../core/index.ts';
import type { CloudDeclaration, CloudVariables } from '../ports/cloud.ts';
import { usualPort } from '../ports/transport.ts';
import { credentialOptions } from './credentials.ts';
import { groupPrefixes, groupWords } from './group-kinds.ts';
import { HEALTH } from './health-options.ts';
import { flag, inOrder, list, type Named, named, type Option, optional, single } from './option.ts';
import { OUTPUT } from './output-options.ts';
import * as parse from './parse.ts';
import { TIMING } from './timing-options.ts';

/**
 * Every option of ha-ip, in the order of the help; what is particular to a cloud comes from its declaration. A new one
 * is a row here, a field in config.ts, its line in shape.ts and in at-reload.ts; flags, variables, file, help, manual
 * and README follow (`npm run docs`).
 */
export function optionsFor(clouds: readonly CloudDeclaration[]): Options {
  return inOrder({ ...named(rows(clouds)), ...credentialOptions(clouds) });
}

/** Those that are the same whatever the clouds; beside them each cloud's credentials have two each. */
export type Options = Named<ReturnType<typeof rows>>;

export type OptionName = keyof Options;

/** What a command looks at: options by name, and all credentials at once. */
export type Use = OptionName | 'credentials';

/** The options that `uses` means; without it all of them. */
export function usedOptions(options: Options, uses?: readonly Use[]): Option<unknown>[] {
  const means =
    ({ name, group }: Option<unknown>) =>
    (use: Use) =>
      use === name || (use === 'credentials' && group === 'credentials');
  return Object.values(options).filter((option) => uses === undefined || uses.some(means(option)));
}

const rows = (clouds: readonly CloudDeclaration[]) => {
  const of = (option: keyof CloudVariables) => clouds.flatMap(({ variables }) => variables[option] ?? []);
  return {
    address: list(parse.ipAddress, {
      short: 'xi',
      argument: 'IP',
      variables: ['IF_ADDRESS', ...of('address')],
      summary: 'the shared address, IPv4 or IPv6, with or without /32 or /128; may be repeated',
      group: 'the address',
    }),
    instance: optional(parse.instanceId, {
      short: 'i',
      argument: 'ID',
      variables: of('instance'),
      fallbackText: 'from metadata',
      summary: "this machine's instance id, where metadata cannot tell, as in a container",
      group: 'the address',
    }),
    listen: single(parse.listenAddress, {
      short: 'l',
      argument: 'ADDR',
      variables: ['IF_BIND_TO', 'IF_BIND_ADDRESS'],
      fallback: { port: usualPort },
      summary:
        'host:port, :port or [IPv6]:port to receive heartbeats on; ' +
        "without a host, the instance's own address as the cloud tells it",
      group: 'the address',
      show: ({ host = '', port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`,
    }),

    peer: list(parse.hostOrAddress, {
      short: 'p',
      argument: 'LIST',
      variables: ['HA_IP_PEERS', ...of('peer')],
      summary: 'the other machines, by address or name, separated by commas; may be repeated',
      group: 'the group',
    }),
    group: optional(parse.machineGroup(groupPrefixes(clouds)), {
      short: 'G',
      argument: 'NAME',
      variables: ['HA_IP_PEER_GROUP', ...of('group'), 'IF_HA_IP_PEER_GROUP'],
      summary: `instead of --peer: all machines of the cloud's ${groupWords(clouds)}`,
      group: 'the group',
      show: ({ kind, name }) => (kind === undefined ? name : `${kind}:${name}`),
    }),
    priority: single(parse.wholeNumber(0, 255), {
      short: 'P',
      argument: 'N',
      variables: ['IF_HOST_PRIORITY'],
      fallback: defaults.priority,
      summary: 'rank in the election, 0 to 255: the lowest wins, equal ones go to the lower node id',
      group: 'the group',
    }),
    network: single(parse.network, {
      argument: 'private|public|CIDR',
      fallback: 'auto',
      fallbackText: 'private if every machine has such an address in the same network, else public',
      summary: 'which address of each machine to send to',
      group: 'the group',
      show: (network) => (typeof network === 'string' ? network : network.cidr),
    }),
    candidate: single(parse.onOff, {
      argument: 'on|off',
      fallback: defaults.candidate,
      summary: 'whether this machine may hold the address at all',
      group: 'the group',
      show: (on) => (on ? 'on' : 'off'),
    }),

    voter: list(parse.ipAddress, {
      argument: 'LIST',
      summary:
        'the machines that vote, by address, the same list on all of them: three or more, ' +
        'separated by commas; may be repeated',
      group: 'the group',
    }),
    quorum: optional(parse.onOff, {
      argument: 'on|off',
      fallbackText: 'on where voters are named',
      summary: 'whether taking and keeping the address needs the support of a majority of the voters',
      group: 'the group',
      show: (on) => (on ? 'on' : 'off'),
    }),
    witness: flag({
      summary: 'vote and never hold: this machine may be anywhere, and needs no credentials',
      group: 'the group',
    }),

    ...TIMING,
    ...HEALTH,

    provider: optional(parse.cloudName, {
      argument: 'NAME',
      fallbackText: 'detected',
      summary:
        `the cloud: ${clouds.map(({ name }) => name).join(', ')}; ` +
        'detected from the credentials that are present, else from the machine itself',
      group: 'the cloud',
    }),
    endpoint: optional(parse.apiUrl, {
      short: 'xe',
      argument: 'URL',
      variables: of('endpoint'),
      fallbackText: "the cloud's",
      summary: "base URL of the cloud's API",
      group: 'the cloud',
      owners: Object.fromEntries(
        clouds.flatMap(({ name, variables }) =>
          (variables.endpoint ?? []).map((variable) => [variable, name]),
        ),
      ),
    }),
    metadata: optional(parse.metadataUrl, {
      argument: 'URL',
      fallbackText: "the cloud's",
      summary: 'base URL of the metadata service',
      group: 'the cloud',
    }),

    preempt: single(parse.onOff, {
      argument: 'on|off',
      fallback: defaults.preempt,
      summary: 'whether a better machine takes over from a living holder',
      group: 'behaviour',
      show: (on) => (on ? 'on' : 'off'),
    }),
    'on-stop': single(parse.choice('handover', 'release', 'keep'), {
      argument: 'handover|release|keep',
      fallback: defaults.onStop,
      summary:
        'what SIGTERM does: handover tells the successor and waits for it, release then also ' +
        'dissociates, keep announces a restart',
      group: 'behaviour',
    }),
    foreign: single(parse.choice('wait', 'steal'), {
      argument: 'wait|steal',
      fallback: defaults.foreign,
      summary: 'what to do while a machine outside the group holds the address',
      group: 'behaviour',
    }),
    yes: flag({
      summary: 'answer yes where a command would ask',
      group: 'behaviour',
    }),

    ...OUTPUT,
  };
};
