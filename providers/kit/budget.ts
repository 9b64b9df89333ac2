/** Until when requests that can wait are not sent, because what the API still takes is kept for takeovers. */
export class Budget {
  #quietUntil = 0;

  /** How long such requests have to wait still, milliseconds; 0: not at all. */
  waitMs(): number {
    return Math.max(0, Math.ceil(this.#quietUntil - performance.now()));
  }

  quiet(ms: number): void {
    this.#quietUntil = performance.now() + ms;
  }

  open(): void {
    this.#quietUntil = 0;
  }
}
