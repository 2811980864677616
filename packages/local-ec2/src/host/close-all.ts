// Closing several things, of which one that fails must not leave the others open.

/** Closes all at once. @throws AggregateError with what failed, after all have been tried */
export async function closeAll(closers: readonly (() => Promise<void>)[]): Promise<void> {
  const results = await Promise.allSettled(closers.map((close) => close()));
  throwFailures(results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : [])));
}

/** Closes one after the other. @throws AggregateError with what failed, after all have been tried */
export async function closeInOrder(closers: readonly (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const close of closers) await close().catch((error: unknown) => failures.push(error));
  throwFailures(failures);
}

function throwFailures(failures: readonly unknown[]): void {
  if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('; '));
}
