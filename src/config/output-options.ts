import { flag, optional, single } from './option.ts';
import * as parse from './parse.ts';

/** Files that are read, and where and how something is told. */
export const OUTPUT = {
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
} as const;
