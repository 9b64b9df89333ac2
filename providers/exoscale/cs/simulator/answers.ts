import type { Reply } from '../../../../src/sim/serve.ts';
import { type Call as KitCall, Refused } from '../../../kit/simulator-operations.ts';
import type { CsQuirks } from './quirks.ts';

export type Dialect = 'exoscale' | 'cloudstack';

/** Parameters by their names in lower case. */
export type Parameters = ReadonlyMap<string, string>;

export interface Call extends KitCall<CsQuirks> {
  readonly dialect: Dialect;
  readonly parameters: Parameters;
}

export function wrong(message: string): Refused {
  return new Refused(431, message);
}

/** An id that is no UUID and one that names nothing get the same text (ACS ParamProcessWorker). */
export function noEntity(parameter: string, value: string): Refused {
  const why = 'due to incorrect long value format, or entity does not exist';
  return wrong(`Invalid parameter ${parameter} value=${value} ${why}`);
}

/** The status of the answer is the error code itself (ACS ApiServlet). */
export function refuse(key: string, { status, code, message }: Refused): Reply {
  const body = { uuidList: [], errorcode: status, cserrorcode: code ?? 4350, errortext: message };
  return { status, body: { [key]: body } };
}

/** `count` is the total; the key of the list is absent when nothing is on the page (egoscale, cs). */
export function page({ quirks, parameters }: Call, key: string, items: object[]): object {
  const max = quirks.pageSizeMax ?? 500;
  const wanted = wholeNumber(parameters, 'pagesize', max);
  if (wanted > max && quirks.pageSizeOver !== 'capped')
    throw wrong(`Page size can not exceed max allowed page size value: ${max}`);
  const size = Math.min(wanted, max);
  const from = (wholeNumber(parameters, 'page', 1) - 1) * size;
  const part = items.slice(from, from + size);
  const count = quirks.count === false || items.length === 0 ? {} : { count: items.length };
  return part.length === 0 ? count : { ...count, [key]: part };
}

function wholeNumber(parameters: Parameters, name: string, otherwise: number): number {
  const text = parameters.get(name) ?? String(otherwise);
  if (!/^[1-9]\d{0,8}$/.test(text)) throw wrong(`Invalid value for parameter ${name}: ${text}`);
  return Number(text);
}
