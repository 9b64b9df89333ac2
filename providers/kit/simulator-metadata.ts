import type { SimInstance } from '../../src/sim/cloud.ts';
import type { Asked, Reply, Route } from '../../src/sim/serve.ts';
import { addressesOf } from './simulator-machines.ts';

export interface Metadata {
  /** With a group `key`. */
  readonly path: RegExp;
  readonly machines: () => Iterable<SimInstance>;
  /** Null where the machine has nothing of this key, or is not known. */
  readonly answer: (machine: SimInstance, key: string) => Reply | null;
  /** The text of a 404. Default: `not found` and a line feed. */
  readonly missing?: string;
}

/** A metadata service: the source address of the connection tells which machine asks. */
export function metadataRoute({ path, machines, answer, missing = 'not found\n' }: Metadata): Route {
  const machineOf = ({ remote }: Asked) =>
    [...machines()].find((machine) => addressesOf(machine).includes(remote));
  return {
    method: 'GET',
    path,
    name: (asked) => ({
      who: machineOf(asked)?.name ?? asked.remote,
      what: `metadata ${(asked.groups.key ?? '').replace(/^[./]/, '')}`,
      write: false,
    }),
    answer: (asked) => {
      const machine = machineOf(asked);
      return (machine && answer(machine, asked.groups.key ?? '')) ?? { status: 404, body: missing };
    },
  };
}
