import { atReload, optionsOf } from '../../config/at-reload.ts';
import { OPTIONS } from '../options.ts';

/** What the manual says beyond the tables of options and commands. Words in backquotes are typed or read so. */
export type Prose = readonly (string | readonly [term: string, text: string] | { readonly code: string })[];

export const DESCRIPTION: Prose = [
  '`ha-ip` keeps one public address answering. Several machines share an address through their ' +
    "cloud's API; each of them runs `ha-ip -W`. They send each other heartbeats over UDP, the best " +
    'live machine is elected, and that one associates the address with itself.',
  'The lowest priority wins, and equal ones go to the lower node id. A machine that is silent ' +
    'for the dead interval (interval x dead ratio + a guard of a quarter interval, at least 20 ms) ' +
    'is dead. The datagrams begin as those of exoip do, so a group may hold both programs during a ' +
    'change-over, and the flags and the environment of exoip are understood.',
  "Flags may be written in Go's forms too: `-xi IP`, `-xi=IP`, `--xi IP`, `-O=false`.",
];

export const ENVIRONMENT: Prose = [
  'Every option `--x-y` is also read from `HA_IP_X_Y`, then from `IF_HA_IP_X_Y`, which is how ' +
    'ifupdown hands over `ha-ip-x-y` of an interface stanza, and then from the names below, in ' +
    'this order. A variable that is empty counts as unset. Flags come before the environment, the ' +
    'environment before the file.',
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
    'read if present, or the file that `--config` names. Its keys are the long options without ' +
      'their dashes; unknown ones are mistakes. Where it holds a secret, only its owner may be ' +
      'able to read it; where it holds `check-exec`, only its owner may be able to write it.',
  ],
  {
    code:
      'address = ["198.51.100.50"]\ngroup = "load-balancer"\ninterval = "200ms"\napi-key-file = ' +
      '"/etc/ha-ip/api-key"\napi-secret-file = "/etc/ha-ip/api-secret"',
  },
  ['/run/ha-ip/', 'the control sockets of running watchdogs, one per address; see `--runtime-dir`.'],
];

const secrets = Object.values(OPTIONS).flatMap(({ name, secret }) => (secret ? [name] : []));

/** What SIGHUP cannot change, in the names of the options. */
const waiting = (Object.keys(atReload) as (keyof typeof atReload)[])
  .filter((field) => atReload[field] === 'restart')
  .flatMap((field) => (field === 'credentials' ? secrets : [optionsOf[field][0]]))
  .map((option) => `\`--${option}\``);

export const SIGNALS: Prose = [
  [
    'SIGTERM, SIGINT',
    'leave by `--on-stop`. `handover`: the successor is told at once; leave when the cloud says ' +
      'that it has the address, or after `--handover-timeout`; where nobody succeeds, the address ' +
      'stays where it is. `release`: the same, then dissociate. `keep`: announce a restart and ' +
      'leave at once. A second signal leaves at once.',
  ],
  ['SIGUSR1', 'priority - 1, at least 0: more likely to hold the address.'],
  ['SIGUSR2', 'priority + 1, at most 254: less likely to hold it.'],
  [
    'SIGHUP',
    'read flags, environment and file again. Unchanged settings cause no transition; settings ' +
      'with a mistake change nothing, and the log says so. ' +
      `A change of ${waiting.join(', ')} waits for a restart, which the log says, too; every other ` +
      'one is in force at once.',
  ],
];

export const HEALTH_CHECKS: Prose = [
  'With `--check-tcp` or `--check-exec` a machine is healthy while all its checks are good. One ' +
    'that is not healthy says so and takes nothing; if it holds the address it keeps it until a ' +
    'healthy machine has it, so where all are sick nothing moves. The first result of a check ' +
    'decides at once, and until every check has answered, or one has failed, the machine takes ' +
    'nothing and is not called sick either. From then on it takes `--check-fall` bad results in a ' +
    'row to fail, and `--check-rise` good ones to be good again. With the defaults a failure is ' +
    'acted upon 4 to 7 seconds after it began.',
  'A command is split at blanks; single and double quotes group, and nothing else is special: no ' +
    'shell sees it. It begins with the absolute path of a program without `=` in it. It is told ' +
    '`PATH`, `LANG=C` and `HA_IP_ADDRESS`, the shared addresses, and nothing else of our ' +
    'environment; it reads nothing, what it writes is thrown away, and its exit status is its ' +
    'answer: 0 is good. It runs as the user of `ha-ip` (and in the sandbox of its unit), in `/`, ' +
    'as the head of a process group that is killed when `--check-timeout` has passed, and when it ' +
    'ends. In a variable there is room for one command; the file takes an array. What stands in a ' +
    'command is shown by `ps`, `-n` and the log: no place for a secret.',
  'Heartbeats never wait for a check. Every change of a check is one line in the log, `ha-ip ' +
    'status` shows each, and `-n` runs each once.',
];

export const HANDOVER: Prose = [
  '`ha-ip handover` moves the address away from this machine on purpose, for a maintenance or a ' +
    'test. The watchdog tells the best other machine, or with `--to` that one alone, and keeps the ' +
    'address until that one says that it holds it. Where the cloud allows several holders there is ' +
    'no moment without one; elsewhere there is the move itself. Where nobody takes over within ' +
    '`--handover-timeout` the watchdog takes part again, and the command says of every machine why ' +
    'it could not.',
  'From then on the watchdog stands aside: it does not take the address, not even when nobody ' +
    'else is left, until `ha-ip handover --end`, or for the time of `--for`, or until it is ' +
    'restarted. A machine that ranks first takes the address back by preemption, as ever. On a ' +
    'machine that does not hold the address it stands aside at once. To exclude a machine for ' +
    'good, and keep the address on it as the last one, set `--candidate off` and send SIGHUP.',
];

export const EXIT_STATUS: Prose = [
  ['0', 'success.'],
  ['1', 'the operation failed.'],
  ['2', 'wrong usage or configuration.'],
  ['3', 'a watchdog runs degraded (`status`).'],
  ['4', 'no watchdog runs (`status`, `stop`, `handover`).'],
];

export const LOG: Prose = [
  'The watchdog logs to syslog, facility daemon, tag `ha-ip`: `journalctl -t ha-ip`. With `-O` ' +
    'it logs to standard output. There is one line per transition: time, address, from what to ' +
    'what, and why. Repeats are summarised, text from the network is escaped, and a secret is ' +
    'never printed. A syslog that is missing or dies never stops the watchdog: it goes on to ' +
    'standard error and says so once.',
];

export const GUARANTEES: Prose = [
  'What a group without outside help can know limits what it can promise.',
  [
    'promised',
    'A machine takes the address over because of a death only if it has accepted no heartbeat of ' +
      'a healthy holder for the dead interval, or the holder refuses datagrams, and no third ' +
      'machine says that it still hears the holder. A machine that just started, or that stood ' +
      'still for a dead interval, writes nothing before it has listened for a dead interval, or ' +
      'has exchanged heartbeats with every other machine. Another machine is dissociated only by ' +
      'one that has just seen itself confirmed by the cloud, and only when that other one is dead ' +
      'to it. Every write is followed by a reading before the next, and a machine writes at most ' +
      'ten times a minute. From the same view every machine elects the same winner.',
  ],
  [
    'not promised',
    'With two machines nobody can tell a dead peer from a broken path between the two: a machine ' +
      'that hears nothing takes over, although the other may be alive. Only a third voter can ' +
      'tell: see QUORUM. With three or more, a machine that hears nobody does not take over by ' +
      'itself: never where the cloud allows several holders, and for a minute where it allows one; ' +
      'see `--isolated-takeover-after`.',
  ],
  [
    'several holders',
    "On Exoscale's signed API an address may be associated with several machines at once. Two " +
      'that do not hear each other can each dissociate the other, and then nobody holds the ' +
      'address until one of them looks again: mutual fencing cannot be excluded without a quorum. ' +
      'Clouds that allow one holder exclude it by themselves.',
  ],
  [
    'with a quorum',
    'At any instant at most one machine holds a lease, and only that one writes to the cloud, ' +
      'but for letting go of its own association; so no partition makes two machines move the ' +
      'address to and fro, and none makes two dissociate each other. A machine that is cut off ' +
      'from the majority does not claim, and one that holds says so no more within two dead ' +
      'intervals, and usually one; the address stays with it until the majority moves it, which ' +
      'begins when the promises to it are over. This rests on clocks whose rates differ by less ' +
      'than 5 %, and on pauses that at least one clock of the machine counts; on voters that were ' +
      'not restarted with a shorter dead interval than before; and on heartbeats that nobody ' +
      'forges. Not even a quorum can stop a write that the cloud has accepted, bound the time that ' +
      'it takes, keep a minority available, or notice within a bound a machine that sends ' +
      'heartbeats and serves nobody (see `--check-tcp`).',
  ],
  [
    'one of two parted machines',
    'Without a third voter this is impossible, whatever the program: either a broken path moves ' +
      'the address, or a dead machine is not replaced. And of two voters both are the majority, so ' +
      'the loss of either would stop all: two are refused.',
  ],
  [
    'beyond reach',
    'A write that the cloud has accepted cannot be stopped, however late it takes effect. A ' +
      'machine that sends heartbeats but serves nobody is noticed by its own health checks only. ' +
      'Heartbeats are not authenticated: whoever can send from the address of a member can pose as ' +
      'it, so let only members reach the UDP port.',
  ],
];

export const QUORUM: Prose = [
  'Without a quorum every machine acts by what it hears. With one (`--voter`, the same list on ' +
    "every machine, three addresses or more, this machine's own among them) it takes and keeps the " +
    'address only with the support of a majority of the voters, each of which supports one machine ' +
    'at a time. Two machines need a third voter: a `--witness`, which votes and never holds. It ' +
    'may run anywhere, in another data centre or another cloud, as long as UDP passes between it ' +
    'and the others in both directions, at an address of its own (not behind NAT); it needs no ' +
    'credentials and no cloud:',
  { code: 'ha-ip -W --witness -xi 198.51.100.50 --voter 10.0.0.1,10.0.0.2,192.0.2.9' },
  'and on the two machines:',
  { code: 'ha-ip -W -xi 198.51.100.50 -G load-balancer --voter 10.0.0.1,10.0.0.2,192.0.2.9 ...' },
  'What it costs: a machine that dies is replaced after the dead interval at the earliest, even ' +
    'where its host says that nothing listens any more, because its voters have promised it that ' +
    'time. And where no majority is left, nobody takes over. An even number of voters bears no ' +
    'more failures than the odd one below it. To change the list, stop the watchdogs or restart ' +
    'them one after the other, the holder last: machines with different lists do not support each ' +
    'other, and say so in their logs. A machine on which `--voter` was forgotten acts by what it ' +
    'hears, and nothing protects the others from it. A machine that restarts and finds the address ' +
    'its own holds on for a dead interval to find its majority, and writes nothing meanwhile. Keep ' +
    '`--interval` and `--dead-ratio` the same on all. All voters are of one address family. A ' +
    'machine that may hold and does not vote must be named to the witness with `-p`: it knows no ' +
    'group.',
];

export const SEE_ALSO = 'interfaces(5), ifup(8), ip-address(8), journalctl(1), systemd.exec(5)';
