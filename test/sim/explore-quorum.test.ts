import { explorations } from './explorations.ts';
import { extent } from './extent.ts';

/** Two nodes and a witness (R23). Deeper by hand: `npm run explore -- --nodes 2 --quorum on --depth 6 --faults 2`. */
explorations({ nodes: 2, witnesses: 1 }, [
  { start: 'settled', depth: extent(4, 6, 8), faults: 1 },
  { start: 'settled', depth: extent(1, 2, 3), faults: 2 },
  { start: 'cold', depth: extent(3, 4, 6), faults: 1 },
]);
