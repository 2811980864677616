/** A schema that is compiled at its first use: start-up stays short, and every later check is compiled code. */
import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';

export interface LazySchema<T extends TSchema> {
  check(value: unknown): value is Static<T>;
  /** Where and why a value does not fit: the path of the first fault and what is wrong there. */
  fault(value: unknown): string;
}

const MAX_FAULT_LENGTH = 300;

export function lazySchema<T extends TSchema>(schema: T): LazySchema<T> {
  let compiled: ReturnType<typeof Compile<T>> | undefined;
  const validator = (): ReturnType<typeof Compile<T>> => {
    compiled ??= Compile(schema);
    return compiled;
  };
  return {
    check: (value): value is Static<T> => validator().Check(value),
    fault: (value) => describe(validator().Errors(value)[0]),
  };
}

function describe(error: { instancePath: string; message: string } | undefined): string {
  if (error === undefined) return 'does not fit';
  return `${error.instancePath === '' ? '/' : error.instancePath} ${error.message}`.slice(0, MAX_FAULT_LENGTH);
}
