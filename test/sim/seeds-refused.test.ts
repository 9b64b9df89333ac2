import { trials } from './seeds.ts';

trials(30_000, 'refusedWhileHeld');
