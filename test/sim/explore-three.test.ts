import { explorations } from './explorations.ts';

explorations({ nodes: 3 }, [
  { start: 'settled', depth: 5, faults: 1 },
  { start: 'cold', depth: 3, faults: 1 },
]);
