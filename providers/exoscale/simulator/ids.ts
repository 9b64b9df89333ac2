import { nameId } from '../../kit/simulator-machines.ts';

/** The id of what the model knows by name only, the same in all dialects. */
export function idOf(name: string): string {
  return nameId(`simulated ${name}`);
}
