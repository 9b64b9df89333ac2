/** The core's only door. */
export * from './types.ts';
