/** What the manual says beyond the tables of options and commands. Words in backquotes are typed or read as they are. */
export type Prose = readonly (string | readonly [term: string, text: string] | { readonly code: string })[];

export const DESCRIPTION: Prose = [
  "`ha-ip` keeps one public address answering. Several machines share an address through their cloud's API; each of them runs `ha-ip -W`. They send each other heartbeats over UDP, the best live machine is elected, and that one associates the address with itself.",
  'The lowest priority wins, and equal ones go to the lower node id. A machine that is silent for the dead interval (interval x dead ratio + a guard of a quarter interval, at least 20 ms) is dead. The datagrams begin as those of exoip do, so a group may hold both programs during a change-over, and the flags and the environment of exoip are understood.',
  "Flags may be written in Go's forms too: `-xi IP`, `-xi=IP`, `--xi IP`, `-O=false`.",
];

export const ENVIRONMENT: Prose = [
  'Every option `--x-y` is also read from `HA_IP_X_Y`, then from `IF_HA_IP_X_Y`, which is how ifupdown hands over `ha-ip-x-y` of an interface stanza, and then from the names below, in this order. A variable that is empty counts as unset. Flags come before the environment, the environment before the file.',
];

export const OTHER_VARIABLES: Prose = [
  [
    'CREDENTIALS_DIRECTORY',
    "systemd's credentials: the files `api-key`, `api-secret` and `token` in it, after the variables above.",
  ],
  ['RUNTIME_DIRECTORY, XDG_RUNTIME_DIR', 'see `--runtime-dir`.'],
  ['NO_COLOR, TERM', 'no colour where the first is set, or the second is `dumb`.'],
  [
    'NODE_TLS_REJECT_UNAUTHORIZED, NODE_DEBUG',
    'refused where they would disable the checks that protect credentials, or print them.',
  ],
];

export const FILES: Prose = [
  [
    '/etc/ha-ip/ha-ip.toml',
    'read if present, or the file that `--config` names. Its keys are the long options without their dashes; unknown ones are mistakes. Where it holds a secret, only its owner may be able to read it.',
  ],
  {
    code: 'address = ["198.51.100.50"]\ngroup = "load-balancer"\ninterval = "200ms"\napi-key-file = "/etc/ha-ip/api-key"\napi-secret-file = "/etc/ha-ip/api-secret"',
  },
  ['/run/ha-ip/', 'the control sockets of running watchdogs, one per address; see `--runtime-dir`.'],
];

export const SIGNALS: Prose = [
  [
    'SIGTERM, SIGINT',
    'leave by `--on-stop`. `handover`: the successor is told at once; leave when the cloud says that it has the address, or after `--handover-timeout`; where nobody succeeds, the address stays where it is. `release`: the same, then dissociate. `keep`: announce a restart and leave at once. A second signal leaves at once.',
  ],
  ['SIGUSR1', 'priority - 1, at least 0: more likely to hold the address.'],
  ['SIGUSR2', 'priority + 1, at most 254: less likely to hold it.'],
  [
    'SIGHUP',
    'read flags, environment and file again. Unchanged settings cause no transition; settings with a mistake change nothing, and the log says so.',
  ],
];

export const HANDOVER: Prose = [
  '`ha-ip handover` moves the address away from this machine on purpose, for a maintenance or a test. The watchdog tells the best other machine, or with `--to` that one alone, and keeps the address until that one says that it holds it. Where the cloud allows several holders there is no moment without one; elsewhere there is the move itself. Where nobody takes over within `--handover-timeout` the watchdog takes part again, and the command says of every machine why it could not.',
  'From then on the watchdog stands aside: it does not take the address, not even when nobody else is left, until `ha-ip handover --end`, or for the time of `--for`, or until it is restarted. A machine that ranks first takes the address back by preemption, as ever. On a machine that does not hold the address it stands aside at once. To exclude a machine for good, and keep the address on it as the last one, set `--candidate off` and send SIGHUP.',
];

export const EXIT_STATUS: Prose = [
  ['0', 'success.'],
  ['1', 'the operation failed.'],
  ['2', 'wrong usage or configuration.'],
  ['3', 'a watchdog runs degraded (`status`).'],
  ['4', 'no watchdog runs (`status`, `stop`, `handover`).'],
];

export const LOG: Prose = [
  'The watchdog logs to syslog, facility daemon, tag `ha-ip`: `journalctl -t ha-ip`. With `-O` it logs to standard output. There is one line per transition: time, address, from what to what, and why. Repeats are summarised, text from the network is escaped, and a secret is never printed. A syslog that is missing or dies never stops the watchdog: it goes on to standard error and says so once.',
];

export const GUARANTEES: Prose = [
  'What a group without outside help can know limits what it can promise.',
  [
    'promised',
    'A machine takes the address over because of a death only if it has accepted no heartbeat of a healthy holder for the dead interval, or the holder refuses datagrams, and no third machine says that it still hears the holder. A machine that just started, or that stood still for a dead interval, writes nothing before it has listened for a dead interval, or has exchanged heartbeats with every other machine. Another machine is dissociated only by one that has just seen itself confirmed by the cloud, and only when that other one is dead to it. Every write is followed by a reading before the next, and a machine writes at most ten times a minute. From the same view every machine elects the same winner.',
  ],
  [
    'not promised',
    'With two machines nobody can tell a dead peer from a broken path between the two: a machine that hears nothing takes over, although the other may be alive. Only a third voter could tell. With three or more, a machine that hears nobody does not take over by itself: never where the cloud allows several holders, and for a minute where it allows one; see `--isolated-takeover-after`.',
  ],
  [
    'several holders',
    "On Exoscale's signed API an address may be associated with several machines at once. Two that do not hear each other can each dissociate the other, and then nobody holds the address until one of them looks again: mutual fencing cannot be excluded without a third voter. Clouds that allow one holder exclude it by themselves.",
  ],
  [
    'beyond reach',
    'A write that the cloud has accepted cannot be stopped, however late it takes effect. A machine that sends heartbeats but serves nobody is not noticed. Heartbeats are not authenticated: whoever can send from the address of a member can pose as it, so let only members reach the UDP port.',
  ],
];

export const SEE_ALSO = 'interfaces(5), ifup(8), ip-address(8), journalctl(1), systemd.exec(5)';
