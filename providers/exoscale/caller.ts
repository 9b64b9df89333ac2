/** Whose an API key is, in a simulated account. */
export interface Caller {
  readonly secret: string;
  readonly who: string;
}
