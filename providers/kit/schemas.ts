import * as v from 'valibot';

/** What answers of several clouds are made of. */

/** A text, or nothing. */
export const Text = v.nullish(v.string());

/** Fields that are empty texts where there is nothing; some samples lack them. */
export const TextOrEmpty = v.nullish(v.string(), '');

export const Lower = v.pipe(v.string(), v.toLowerCase());

/** Ids become parts of paths, and compare in lower case. */
export const Uuid = v.pipe(v.string(), v.uuid(), v.toLowerCase());

/** An answer that has the one thing under a key of its own. */
export function under<T>(key: string, schema: v.GenericSchema<unknown, T>): v.GenericSchema<unknown, T> {
  return v.pipe(
    v.object({ [key]: schema }),
    v.transform((answer) => answer[key] as T),
  );
}
