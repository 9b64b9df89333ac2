import { explorations } from './explorations.ts';
import { extent } from './extent.ts';

explorations({ nodes: 3 }, [
  { start: 'settled', depth: extent(4, 5, 7), faults: 1 },
  { start: 'cold', depth: extent(2, 3, 5), faults: 1 },
]);
