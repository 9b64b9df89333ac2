import { list, named, optional, single } from '../../config/option.ts';
import { duration, longDuration, type Parser, showDuration, wholeNumber } from '../../config/parse.ts';
import { json } from '../commands/json-option.ts';
import { fault } from './faults.ts';

/** Enough for every group that should exist; simulated time grows with the square. */
const nodesMax = 16;

const circumstances = {
  nodes: optional(wholeNumber(2, nodesMax), {
    argument: 'N',
    fallbackText: 'the peers that are named and this one, else 3',
    summary:
      `how many machines the group has, 2 to ${nodesMax}; they are called lb1, lb2 and so on, from ` +
      'the best to the worst',
    group: 'the group',
  }),
  'api-time': single(duration(0, 2_000), {
    argument: 'DURATION',
    fallback: 200,
    fallbackText: '200ms',
    summary: "how long one call of the cloud's API takes, up to 2s",
    group: 'the cloud',
    show: showDuration,
  }),
  // Longer ones, after calls of 2 s, would not fit the time that a takeover is given (W).
  'operation-time': single(duration(0, 8_000), {
    argument: 'DURATION',
    fallback: 1_000,
    summary: 'how long the cloud needs to carry out an association that it has accepted, up to 8s',
    group: 'the cloud',
    show: showDuration,
  }),
} as const;

/** Options of `ha-ip plan` alone. */
export const PLAN_OPTIONS = named({
  ...circumstances,
  loss: single(percentage, {
    argument: 'PERCENT',
    fallback: 0,
    summary: 'how many of the heartbeats are lost, 0 to 90: 1, 2.5 or 2.5%',
    group: 'the group',
  }),
  runs: single(wholeNumber(1, 100_000), {
    argument: 'N',
    fallback: 100,
    summary: 'how often each event is simulated',
    group: 'files and output',
  }),
  json,
});

/** Options of `ha-ip simulate` alone. */
export const SIMULATE_OPTIONS = named({
  ...circumstances,
  for: single(longDuration(1_000, 7 * 86_400_000), {
    argument: 'DURATION',
    fallback: 600_000,
    summary: 'how much time passes in the simulation: 90, 30s, 10min, 2h, up to 168h',
    group: 'timing',
    show: showDuration,
  }),
  fault: list(fault, {
    argument: 'FAULT',
    summary: "what happens and when, such as 'kill holder at 30s'; may be repeated, see FAULTS",
    group: 'the group',
    show: (planned) => JSON.stringify(planned),
  }),
  seed: single(wholeNumber(0, 999_999_999), {
    argument: 'N',
    fallback: 1,
    summary: 'what decides all chance: the same number tells the same story',
    group: 'files and output',
  }),
  json,
});

/** A share of one. Above nine tenths nothing that can be planned is left. */
function percentage(text: string): ReturnType<Parser<number>> {
  const [, digits] = /^(\d{1,2}(?:\.\d+)?)\s*%?$/.exec(text) ?? [];
  return digits !== undefined && Number(digits) <= 90
    ? { ok: true, value: Number(digits) / 100 }
    : { ok: false, expected: 'a percentage from 0 to 90, such as 2.5' };
}
