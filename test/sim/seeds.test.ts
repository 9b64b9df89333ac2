import { trials } from './seeds.ts';

trials(0);
