import { checkTarget } from '../ports/check.ts';
import { execCheck, tcpCheck } from './checks.ts';
import { list, single } from './option.ts';
import * as parse from './parse.ts';

/** What must work on this machine for it to be healthy, and how often that is looked at. */
export const HEALTH = {
  'check-tcp': list(tcpCheck, {
    argument: 'HOST:PORT',
    summary:
      'a machine is healthy while something accepts connections there; an unhealthy one takes nothing ' +
      'and is relieved of the address by a healthy one; may be repeated',
    group: 'health',
    show: checkTarget,
  }),
  'check-exec': list(execCheck, {
    argument: 'COMMAND',
    summary:
      'the same while this command ends with 0: an absolute path and arguments, run without a shell ' +
      '(quotes group, nothing else is special); may be repeated',
    group: 'health',
    show: checkTarget,
    whole: true,
  }),
  'check-interval': single(parse.duration(100, 3_600_000), {
    argument: 'DURATION',
    fallback: 2_000,
    summary: 'time between the beginnings of two rounds of checks',
    group: 'health',
    show: parse.showDuration,
  }),
  'check-timeout': single(parse.duration(50, 3_600_000), {
    argument: 'DURATION',
    fallback: 1_000,
    summary:
      'how long one check may take, at most --check-interval; a command is then killed with all it started',
    group: 'health',
    show: parse.showDuration,
  }),
  'check-rise': single(parse.wholeNumber(1, 1_000), {
    argument: 'N',
    fallback: 2,
    summary: 'so many good results in a row, and a failed check counts as good again',
    group: 'health',
  }),
  'check-fall': single(parse.wholeNumber(1, 1_000), {
    argument: 'N',
    fallback: 3,
    summary:
      'so many bad results in a row, and a good check counts as failed; the very first result decides at once',
    group: 'health',
  }),
} as const;
