/** Script: writes the JSON Schema of the report, `sh tools/node.sh controller/src/report/write-schema.ts docs/report.schema.json`. */
import { writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { Report } from './report-schema.ts';

/** The schema as the file has it. */
export function reportSchemaText(): string {
  const schema = { $schema: 'https://json-schema.org/draft/2020-12/schema', ...Report };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

const [, , path] = argv;
if (import.meta.main && path !== undefined) writeFileSync(path, reportSchemaText());
