import { defaults } from '../core/index.ts';
import { usualPort } from '../ports/transport.ts';
import { HEALTH } from './health-options.ts';
import { flag, list, named, optional, single } from './option.ts';
import { OUTPUT } from './output-options.ts';
import * as parse from './parse.ts';
import { TIMING } from './timing-options.ts';

/**
 * Every option of ha-ip, in the order of the help. A new one is a row here, a field in config.ts, its line in
 * shape.ts and in at-reload.ts; flags, variables, file, help, manual and README follow (`npm run docs`).
 */
export const OPTIONS = named({
  address: list(parse.ipAddress, {
    short: 'xi',
    argument: 'IP',
    variables: ['IF_ADDRESS'],
    summary: 'the shared address, IPv4 or IPv6, with or without /32 or /128; may be repeated',
    group: 'the address',
  }),
  instance: optional(parse.instanceId, {
    short: 'i',
    argument: 'ID',
    variables: ['IF_EXOSCALE_INSTANCE_ID'],
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
      "host:port, :port or [IPv6]:port to receive heartbeats on; without a host, the instance's own address as the cloud tells it",
    group: 'the address',
    show: ({ host = '', port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`,
  }),

  peer: list(parse.hostOrAddress, {
    short: 'p',
    argument: 'LIST',
    variables: ['HA_IP_PEERS', 'IF_EXOSCALE_PEERS'],
    summary: 'the other machines, by address or name, separated by commas; may be repeated',
    group: 'the group',
  }),
  group: optional(parse.machineGroup, {
    short: 'G',
    argument: 'NAME',
    variables: ['HA_IP_PEER_GROUP', 'IF_EXOSCALE_PEER_GROUP', 'IF_HA_IP_PEER_GROUP'],
    summary:
      "instead of --peer: all machines of the cloud's [tag:|vpc:|firewall:]NAME; on Exoscale a bare name is a security group",
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
      'the machines that vote, by address, the same list on all of them: three or more, separated by commas; may be repeated',
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
      'the cloud, such as exoscale; detected from the credentials that are present, else from the machine itself',
    group: 'the cloud',
  }),
  endpoint: optional(parse.apiUrl, {
    short: 'xe',
    argument: 'URL',
    variables: ['IF_EXOSCALE_API_ENDPOINT', 'DIGITALOCEAN_API_URL', 'VULTR_API_URL'],
    fallbackText: "the cloud's",
    summary: "base URL of the cloud's API",
    group: 'the cloud',
    perCloud: true,
  }),
  metadata: optional(parse.metadataUrl, {
    argument: 'URL',
    fallbackText: "the cloud's",
    summary: 'base URL of the metadata service',
    group: 'the cloud',
  }),

  'api-key': optional(parse.secret, {
    short: 'xk',
    argument: 'KEY',
    variables: ['EXOSCALE_API_KEY', 'IF_EXOSCALE_API_KEY'],
    summary: 'API key; as a flag every user of this host can read it, so prefer --api-key-file',
    group: 'credentials',
    secret: true,
    cloud: 'exoscale',
    perCloud: true,
  }),
  'api-secret': optional(parse.secret, {
    short: 'xs',
    argument: 'SECRET',
    variables: ['EXOSCALE_API_SECRET', 'IF_EXOSCALE_API_SECRET'],
    summary: 'API secret; prefer --api-secret-file',
    group: 'credentials',
    secret: true,
    cloud: 'exoscale',
    perCloud: true,
  }),
  token: optional(parse.secret, {
    argument: 'TOKEN',
    variables: [
      'DIGITALOCEAN_TOKEN',
      'DIGITALOCEAN_ACCESS_TOKEN',
      'IF_DIGITALOCEAN_TOKEN',
      'VULTR_API_KEY',
      'IF_VULTR_API_KEY',
    ],
    summary: 'API token of a cloud that has one; prefer --token-file',
    group: 'credentials',
    secret: true,
    perCloud: true,
  }),
  'api-key-file': optional(parse.path, {
    argument: 'FILE',
    summary: 'file with the API key, readable by its owner only',
    group: 'credentials',
    cloud: 'exoscale',
  }),
  'api-secret-file': optional(parse.path, {
    argument: 'FILE',
    summary: 'file with the API secret, readable by its owner only',
    group: 'credentials',
    cloud: 'exoscale',
  }),
  'token-file': optional(parse.path, {
    argument: 'FILE',
    summary: 'file with the API token, readable by its owner only',
    group: 'credentials',
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
      'what SIGTERM does: handover tells the successor and waits for it, release then also dissociates, keep announces a restart',
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
});

export type OptionName = keyof typeof OPTIONS;
