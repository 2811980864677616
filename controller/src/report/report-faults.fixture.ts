/** For tests: what in a report file does not fit the schema. */
import { Compile } from 'typebox/compile';
import { Report } from './report-schema.ts';

const compiled = Compile(Report);

/** Path and fault; empty for a report that fits. */
export function reportFaults(value: unknown): readonly string[] {
  return compiled.Errors(value).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
