/** Calls back once after so many milliseconds; the returned function prevents it. */
export function after(ms: number, expired: () => void): () => void {
  const timer = setTimeout(expired, ms);
  return () => clearTimeout(timer);
}
