import { testPatterns } from './patterns.ts';

testPatterns('adds', {});
