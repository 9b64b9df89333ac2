import { explorations } from './explorations.ts';

/** Two nodes and a witness (R23). Deeper by hand: `npm run explore -- --nodes 2 --quorum on --depth 6 --faults 2`. */
explorations({ nodes: 2, witnesses: 1 }, [
  { start: 'settled', depth: 6, faults: 1 },
  { start: 'settled', depth: 2, faults: 2 },
  { start: 'cold', depth: 4, faults: 1 },
]);
