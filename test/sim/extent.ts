/** How much of something there is in `npm test`, in `npm run proof`, and in `npm run proof -- --long`. */
export function extent<T>(usual: T, proof: T, long: T = proof): T {
  const asked = process.env.HA_IP_PROOF;
  return asked === 'long' ? long : asked ? proof : usual;
}

/** That many of a list, spread over it: all that are a multiple of `every` away from the first. */
export function each<T>(list: readonly T[], every: number): readonly T[] {
  return list.filter((_, i) => i % every === 0);
}
