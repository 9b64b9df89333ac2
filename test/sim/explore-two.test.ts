import { explorations } from './explorations.ts';

explorations({ nodes: 2 }, [
  { start: 'settled', depth: 2 },
  { start: 'settled', depth: 4, faults: 2 },
  { start: 'cold', depth: 5, faults: 1 },
]);
