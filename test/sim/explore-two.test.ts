import { explorations } from './explorations.ts';
import { extent } from './extent.ts';

explorations({ nodes: 2 }, [
  { start: 'settled', depth: 2 },
  { start: 'settled', depth: extent(3, 4, 5), faults: 2 },
  { start: 'cold', depth: extent(4, 5, 7), faults: 1 },
]);
