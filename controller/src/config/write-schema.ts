/** Script: writes the JSON Schema of the configuration file, `sh tools/node.sh controller/src/config/write-schema.ts docs/config.schema.json`. */
import { writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { ConfigFile } from './config-schema.ts';

/** The schema as the file has it. */
export function configSchemaText(): string {
  const title = 'Configuration file of ptp-tester (run --config, doctor --config)';
  const schema = { $schema: 'https://json-schema.org/draft/2020-12/schema', title, ...ConfigFile };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

const [, , path] = argv;
if (import.meta.main && path !== undefined) writeFileSync(path, configSchemaText());
