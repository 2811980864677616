/** A timer that can be taken back, for parts that are given their time. */
export function schedule(callback: () => void, ms: number): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}
