import { clouds } from '../../../providers/index.ts';
import { list, named, optional, single } from '../../config/option.ts';
import { choice, duration, type Parser, showDuration, wholeNumber } from '../../config/parse.ts';
import type { CloudDeclaration } from '../../ports/cloud.ts';
import { canonicalAddress } from '../../wire/address.ts';
import { json } from './json-option.ts';

/** Options of `ha-ip cloud` alone. */
export const CLOUD_OPTIONS = cloudOptions(clouds);

export function cloudOptions(clouds: readonly CloudDeclaration[]) {
  const flavours = clouds.flatMap(({ flavours }) => Object.entries(flavours));
  return named({
    machines: single(loopbackMachines, {
      argument: 'N|LIST',
      fallback: ['127.0.0.11', '127.0.0.12', '127.0.0.13'],
      fallbackText: '3',
      summary:
        'of a simulated cloud: how many machines it has, or their addresses (127.x.x.x), separated by commas; ' +
        'they are called lb1, lb2 and so on',
      group: 'the cloud',
    }),
    holders: list(machineName, {
      argument: 'LIST',
      summary: 'of a simulated cloud: the machines that hold the address at the start',
      group: 'the cloud',
    }),
    flavour: single(choice('all', ...flavours.map(([name]) => name)), {
      argument: 'NAME',
      fallback: 'all',
      fallbackText: 'all, each on its own port',
      summary: `the API to speak: all, ${flavours.map(inWords).join(', ')}`,
      group: 'the cloud',
    }),
    'operation-time': single(duration(0, 600_000), {
      argument: 'DURATION',
      fallback: 1_000,
      summary: 'of a simulated cloud: how long it takes to associate and to dissociate',
      group: 'the cloud',
      show: showDuration,
    }),
    latency: single(duration(0, 60_000), {
      argument: 'DURATION',
      fallback: 0,
      summary: 'of a simulated cloud: how long each answer takes',
      group: 'the cloud',
      show: showDuration,
    }),
    port: optional(wholeNumber(1, 65_535), {
      argument: 'N',
      fallbackText: 'any free one',
      summary: 'of a simulated cloud: the TCP port of its API on 127.0.0.1; of several clouds, of the first',
      group: 'the cloud',
    }),
    json,
  });
}

function inWords([name, note]: readonly [string, string]): string {
  return note === '' ? name : `${name} (${note})`;
}

const MACHINES_MAX = 64;

/** `3`, or addresses that need no configuration on Linux: all of 127.0.0.0/8 is this host. */
function loopbackMachines(text: string): ReturnType<Parser<readonly string[]>> {
  if (/^\d{1,2}$/.test(text) && Number(text) >= 1 && Number(text) <= MACHINES_MAX)
    return { ok: true, value: Array.from({ length: Number(text) }, (_, index) => `127.0.0.${11 + index}`) };
  const addresses = text.split(',').map((piece) => canonicalAddress(piece.trim()) ?? '');
  const sound =
    addresses.every((address) => address.startsWith('127.')) &&
    new Set(addresses).size === addresses.length &&
    addresses.length <= MACHINES_MAX;
  return sound
    ? { ok: true, value: addresses }
    : { ok: false, expected: `1 to ${MACHINES_MAX}, or different addresses such as 127.0.0.11,127.0.0.12` };
}

function machineName(text: string): ReturnType<Parser<string>> {
  return /^lb\d{1,2}$/.test(text) ? { ok: true, value: text } : { ok: false, expected: 'lb1, lb2 and so on' };
}
