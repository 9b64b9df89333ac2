import { trials } from './seeds.ts';

trials(20_000, 'moves');
