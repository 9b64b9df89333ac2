import { checkTarget } from '../ports/check.ts';
import { execCheck, tcpCheck } from './checks.ts';
import { flag, list, named, optional, single } from './option.ts';
import * as parse from './parse.ts';

/**
 * Every option of ha-ip, in the order of the help. A new one is a row here, a field in config.ts, and its line in
 * `toConfig` of load.ts; flags, variables, file, help, manual and README follow (`npm run docs`).
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
    fallback: { port: 12_345 },
    fallbackText: ':12345',
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
    fallback: 10,
    fallbackText: '10',
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
    fallback: true,
    fallbackText: 'on',
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

  interval: single(parse.duration(50, 15_000), {
    short: 't',
    argument: 'S',
    variables: ['IF_ADVERTISEMENT_INTERVAL'],
    fallback: 1000,
    fallbackText: '1s',
    summary: 'time between heartbeats, 0.05s to 15s: 1, 0.2, 200ms',
    group: 'timing',
    show: parse.showDuration,
  }),
  'dead-ratio': single(parse.wholeNumber(2, Number.MAX_SAFE_INTEGER), {
    short: 'r',
    argument: 'N',
    variables: ['IF_DEAD_RATIO'],
    fallback: 3,
    fallbackText: '3',
    summary: 'intervals of silence after which a machine is dead, at least 2',
    group: 'timing',
  }),
  'preempt-delay': single(parse.duration(0, 3_600_000), {
    argument: 'DURATION',
    fallback: 10_000,
    fallbackText: '10s',
    summary: 'how long a better machine must have been the best before it takes over from a living holder',
    group: 'timing',
    show: parse.showDuration,
  }),
  'handover-timeout': single(parse.duration(0, 600_000), {
    argument: 'DURATION',
    fallback: 10_000,
    fallbackText: '10s',
    summary: 'how long a leaving holder waits for its successor to be verified',
    group: 'timing',
    show: parse.showDuration,
  }),
  'restart-bound': single(parse.duration(0, 600_000), {
    argument: 'DURATION',
    fallback: 10_000,
    fallbackText: '10s',
    summary: 'with --on-stop keep: how long the others wait for this machine to be back',
    group: 'timing',
    show: parse.showDuration,
  }),
  'crash-grace': single(parse.duration(0, 60_000), {
    argument: 'DURATION',
    fallback: 0,
    fallbackText: '0s',
    summary: 'how long the others wait after a crash, for a service manager that restarts at once',
    group: 'timing',
    show: parse.showDuration,
  }),
  'isolated-takeover-after': optional(parse.durationOrNever(0, 86_400_000), {
    argument: 'DURATION|never',
    fallbackText: '1min where the cloud allows one holder, else never',
    summary: 'with three machines or more: when one that hears no other may take over all the same',
    group: 'timing',
    show: (ms) => (ms === null ? 'never' : parse.showDuration(ms)),
  }),
  'never-heard-takeover-after': single(parse.duration(0, 86_400_000), {
    argument: 'DURATION',
    fallback: 60_000,
    fallbackText: '1min',
    summary: 'how long to wait for a holder that runs but was never heard',
    group: 'timing',
    show: parse.showDuration,
  }),

  'check-tcp': list(tcpCheck, {
    argument: 'HOST:PORT',
    summary:
      'a machine is healthy while something accepts connections there; an unhealthy one takes nothing and is relieved of the address by a healthy one; may be repeated',
    group: 'health',
    show: checkTarget,
  }),
  'check-exec': list(execCheck, {
    argument: 'COMMAND',
    summary:
      'the same while this command ends with 0: an absolute path and arguments, run without a shell (quotes group, nothing else is special); may be repeated',
    group: 'health',
    show: checkTarget,
    whole: true,
  }),
  'check-interval': single(parse.duration(100, 3_600_000), {
    argument: 'DURATION',
    fallback: 2_000,
    fallbackText: '2s',
    summary: 'time between the beginnings of two rounds of checks',
    group: 'health',
    show: parse.showDuration,
  }),
  'check-timeout': single(parse.duration(50, 3_600_000), {
    argument: 'DURATION',
    fallback: 1_000,
    fallbackText: '1s',
    summary:
      'how long one check may take, at most --check-interval; a command is then killed with all it started',
    group: 'health',
    show: parse.showDuration,
  }),
  'check-rise': single(parse.wholeNumber(1, 1_000), {
    argument: 'N',
    fallback: 2,
    fallbackText: '2',
    summary: 'so many good results in a row, and a failed check counts as good again',
    group: 'health',
  }),
  'check-fall': single(parse.wholeNumber(1, 1_000), {
    argument: 'N',
    fallback: 3,
    fallbackText: '3',
    summary:
      'so many bad results in a row, and a good check counts as failed; the very first result decides at once',
    group: 'health',
  }),

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
    fallback: true,
    fallbackText: 'on',
    summary: 'whether a better machine takes over from a living holder',
    group: 'behaviour',
    show: (on) => (on ? 'on' : 'off'),
  }),
  'on-stop': single(parse.choice('handover', 'release', 'keep'), {
    argument: 'handover|release|keep',
    fallback: 'handover',
    fallbackText: 'handover',
    summary:
      'what SIGTERM does: handover tells the successor and waits for it, release then also dissociates, keep announces a restart',
    group: 'behaviour',
  }),
  foreign: single(parse.choice('wait', 'steal'), {
    argument: 'wait|steal',
    fallback: 'wait',
    fallbackText: 'wait',
    summary: 'what to do while a machine outside the group holds the address',
    group: 'behaviour',
  }),
  yes: flag({
    summary: 'answer yes where a command would ask',
    group: 'behaviour',
  }),

  config: optional(parse.path, {
    argument: 'FILE',
    fallbackText: '/etc/ha-ip/ha-ip.toml, if present',
    summary: 'configuration file, in TOML, with the long options as keys',
    group: 'files and output',
    inFile: false,
  }),
  'runtime-dir': optional(parse.absolutePath, {
    argument: 'DIR',
    fallbackText: '$RUNTIME_DIRECTORY, else /run/ha-ip for root, else $XDG_RUNTIME_DIR/ha-ip',
    summary: 'where the control sockets live',
    group: 'files and output',
  }),
  stdout: flag({
    short: 'O',
    summary: 'log to standard output instead of syslog',
    group: 'files and output',
  }),
  'log-format': single(parse.choice('text', 'json'), {
    argument: 'text|json',
    fallback: 'text',
    fallbackText: 'text',
    summary: 'a line for people, or one JSON object per line',
    group: 'files and output',
  }),
  verbose: flag({
    short: 'v',
    summary: 'debug detail; never a secret',
    group: 'files and output',
  }),
  check: flag({
    short: 'n',
    summary: 'validate everything that can be without touching the address, print the result and exit',
    group: 'files and output',
    inFile: false,
  }),
});

export type OptionName = keyof typeof OPTIONS;
