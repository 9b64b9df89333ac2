import { trials } from './seeds.ts';

trials(10_000, 'adds');
