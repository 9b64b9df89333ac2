import type { IpAddress } from '../core/index.ts';

/** Something for each directed link, made when it is first asked for. */
export class Links<T> {
  readonly #from = new Map<IpAddress, Map<IpAddress, T>>();
  readonly #make: () => T;

  constructor(make: () => T) {
    this.#make = make;
  }

  of(from: IpAddress, to: IpAddress): T {
    return this.#from.get(from)?.get(to) ?? this.#add(from, to);
  }

  *all(): Generator<T> {
    for (const links of this.#from.values()) yield* links.values();
  }

  #add(from: IpAddress, to: IpAddress): T {
    const links = this.#from.get(from) ?? new Map<IpAddress, T>();
    const made = this.#make();
    this.#from.set(from, links.set(to, made));
    return made;
  }
}
