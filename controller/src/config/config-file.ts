/** The configuration file: YAML or JSON, checked as a whole, every fault with its place. Keys as in the seed, and more. */
import { SimulatedPhcTruth } from '@ptp-tester/wire';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { LineCounter, parseDocument } from 'yaml';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { INSTANCE_TYPE_PATTERN } from './instance-types.ts';

const closed = { additionalProperties: false } as const;
const text = Type.String({ minLength: 1, maxLength: 1024 });
const duration = Type.String({ description: 'A length of time: 20s, 90m, 1h30m, 14d, 3w' });

/** The file's schema. Every key is optional here; what a run needs is checked after the command line is merged in. */
export const ConfigFile = Type.Object(
  {
    instance_types: Type.Optional(
      Type.Array(
        Type.Object(
          {
            type: Type.String({ pattern: INSTANCE_TYPE_PATTERN }),
            quantity: Type.Optional(Type.Integer({ minimum: 1, maximum: 9999 })),
          },
          closed,
        ),
        { minItems: 1 },
      ),
    ),
    subnet_id: Type.Optional(Type.String({ pattern: '^subnet-[0-9a-f]{8,17}$' })),
    key_name: Type.Optional(text),
    private_key_path: Type.Optional(text),
    placement_group: Type.Optional(text),
    region: Type.Optional(text),
    profile: Type.Optional(text),
    ami_id: Type.Optional(Type.String({ pattern: '^ami-[0-9a-f]{8,17}$' })),
    security_group_id: Type.Optional(Type.String({ pattern: '^sg-[0-9a-f]{8,17}$' })),
    soak: Type.Optional(
      Type.Object(
        {
          duration: Type.Optional(duration),
          interval_ms: Type.Optional(Type.Integer({ minimum: 10, maximum: 3_600_000 })),
          readings: Type.Optional(Type.Integer({ minimum: 1, maximum: 25 })),
          simulated_phc: Type.Optional(SimulatedPhcTruth),
        },
        closed,
      ),
    ),
    tags: Type.Optional(Type.Record(Type.String({ minLength: 1, maxLength: 128 }), Type.String({ maxLength: 256 }))),
  },
  closed,
);
export type ConfigFile = Static<typeof ConfigFile>;

const compiled = Compile(ConfigFile);

/** Reads the text of a configuration file; `name` decides the format by its ending. Throws ConfigError with every fault. */
export function parseConfigFile(name: string, content: string): ConfigFile {
  const value = /\.json$/i.test(name) ? parseJson(name, content) : parseYaml(name, content);
  if (compiled.Check(value)) return value;
  throw new ConfigError(compiled.Errors(value).map((error) => problemOf(name, error)));
}

interface SchemaFault {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message: string;
  readonly params: object;
}

function problemOf(name: string, fault: SchemaFault): ConfigProblem {
  const path = fault.instancePath.replace(/^\//, '').replaceAll('/', '.');
  if (fault.keyword === 'additionalProperties' || fault.keyword === 'boolean') {
    const extra = 'additionalProperties' in fault.params ? String(fault.params.additionalProperties) : path;
    return { field: `${name}: ${path === '' ? extra : path}`, reason: `is not a known key (${extra})` };
  }
  return { field: `${name}: ${path || 'the file'}`, reason: fault.message };
}

function parseYaml(name: string, content: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines, uniqueKeys: true });
  if (document.errors.length > 0) {
    throw new ConfigError(
      document.errors.map((error) => {
        const { line, col } = lines.linePos(error.pos[0]);
        return { field: `${name}, line ${line}, column ${col}`, reason: error.message.split('\n')[0] ?? error.code };
      }),
    );
  }
  return document.toJS() ?? {};
}

function parseJson(name: string, content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (error) {
    throw new ConfigError([{ field: name, reason: error instanceof Error ? error.message : String(error) }]);
  }
}
