/** The agent's configuration file: parsed once, every fault named together with what to do about it. */
import { InstanceFacts } from '@ptp-tester/wire';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { AgentError } from './agent-error.ts';

const ConfigFile = Type.Object(
  {
    controller_url: Type.String({ pattern: '^https?://[^\\s]+$', maxLength: 2048 }),
    run: Type.String({ pattern: '^[0-9]{8}-[0-9]{6}-[a-z0-9]{4}$' }),
    index: Type.Integer({ minimum: 1, maximum: 100_000 }),
    attempt: Type.Integer({ minimum: 1, maximum: 1000 }),
    token: Type.String({ minLength: 1, maxLength: 128 }),
    state_dir: Type.String({ pattern: '^/', maxLength: 4096 }),
    switch_dir: Type.Optional(Type.String({ pattern: '^/', maxLength: 4096 })),
    ca_pem: Type.Optional(Type.String({ pattern: '-----BEGIN CERTIFICATE-----' })),
  },
  { additionalProperties: false },
);
type ConfigFile = Static<typeof ConfigFile>;

export interface AgentConfig {
  readonly controllerUrl: string;
  readonly run: string;
  readonly index: number;
  readonly attempt: number;
  /** Secret: enrols this instance once. */
  readonly token: string;
  readonly stateDir: string;
  /** Where the dead-man's switch answers; absent: user data armed none. */
  readonly switchDir?: string;
  /** The only certificate authority to trust; null = those of the system. */
  readonly caPem: string | null;
}

/** What to write, by field: shown with every fault of the field. */
const REMEDIES: Readonly<Record<keyof ConfigFile, string>> = {
  controller_url: 'give the address of the controller, for example "http://10.0.0.5:7600"',
  run: 'give the run as YYYYMMDD-HHMMSS-xxxx',
  index: 'give the number of the instance within the run, an integer from 1',
  attempt: 'give the launch attempt, an integer from 1',
  token: 'give the enrolment token from the user data, at most 128 characters',
  state_dir: 'give the absolute path of a folder of the agent, for example "/var/lib/ptp-tester"',
  switch_dir: "give the absolute path of the folder of the dead-man's switch, or leave the field out",
  ca_pem: 'give a certificate in PEM form, or leave the field out',
};

/** Parses the file's text. Throws `AgentError` (`config_invalid`) that lists every fault; values are never shown, one is secret. */
export function parseAgentConfig(text: string): AgentConfig {
  const value = parseJson(text);
  if (!Value.Check(ConfigFile, value)) {
    throw new AgentError('config_invalid', `the configuration has faults:\n${faultsOf(value).join('\n')}`);
  }
  return {
    controllerUrl: value.controller_url,
    run: value.run,
    index: value.index,
    attempt: value.attempt,
    token: value.token,
    stateDir: value.state_dir,
    ...(value.switch_dir === undefined ? {} : { switchDir: value.switch_dir }),
    caPem: value.ca_pem ?? null,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AgentError('config_invalid', 'the configuration is not JSON', { cause });
  }
}

function faultsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return ['- it must be one JSON object'];
  const fields = Object.keys(REMEDIES) as (keyof ConfigFile)[];
  const unknown = Object.keys(value).filter((name) => !Object.hasOwn(REMEDIES, name));
  const wrong = fields.filter((name) => !isFieldRight(value, name));
  return [
    ...wrong.map((name) => `- ${name} is ${name in value ? 'not valid' : 'missing'}: ${REMEDIES[name]}`),
    ...unknown.map((name) => `- ${name} is not known: remove it`),
  ];
}

function isFieldRight(value: object, name: keyof ConfigFile): boolean {
  if (!(name in value)) return name === 'ca_pem' || name === 'switch_dir';
  return Value.Check(ConfigFile.properties[name], (value as Record<string, unknown>)[name]);
}

/** Whether the facts from outside fit what the controller accepts. */
export function areInstanceFacts(value: unknown): value is InstanceFacts {
  return Value.Check(InstanceFacts, value);
}
