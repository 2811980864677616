/** Script: writes the JSON Schemas of the documents, `sh tools/node.sh controller/src/report/write-schema.ts docs`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv } from 'node:process';
import { ComparisonReport } from './compare/comparison-schema.ts';
import { Report } from './report-schema.ts';

const SCHEMAS = { 'report.schema.json': Report, 'comparison.schema.json': ComparisonReport } as const;

/** A schema as its file has it. */
export function schemaText(file: keyof typeof SCHEMAS): string {
  const schema = { $schema: 'https://json-schema.org/draft/2020-12/schema', ...SCHEMAS[file] };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

const [, , folder] = argv;
if (import.meta.main && folder !== undefined) {
  for (const file of Object.keys(SCHEMAS) as (keyof typeof SCHEMAS)[])
    writeFileSync(join(folder, file), schemaText(file));
}
