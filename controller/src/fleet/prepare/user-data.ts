/** Renders the user data of one launch from `deploy/user-data.sh` (pure): every value checked, quoted, and the size bounded. */
import { FleetError } from '../fleet-error.ts';

/** EC2's limit on user data, raw bytes before base64. */
export const USER_DATA_MAX_BYTES = 16_384;

/** The texts of `deploy/*.sh` and `deploy/systemd/*.service`. */
export interface UserDataTemplates {
  readonly script: string;
  readonly switchScript: string;
  readonly switchUnit: string;
  readonly setupScript: string;
  readonly setupUnit: string;
  readonly agentUnit: string;
  /** Not part of the user data: sent through SSM where that was allowed. */
  readonly diagnosticsScript: string;
}

export interface UserDataValues {
  /** Where the instance reaches the controller: http(s), no path needed, no trailing slash. */
  readonly controllerUrl: string;
  /** Where the agent file is fetched from instead; null: from the controller. */
  readonly agentUrl: string | null;
  readonly run: string;
  readonly index: number;
  readonly attempt: number;
  readonly token: string;
  /** Of the file as it is transferred. */
  readonly agentSha256: string;
  /** The dead-man's switch: uptime that the instance may consume until it powers itself off, seconds. */
  readonly lifeS: number;
  /** The controller's certificate authority; null: the system's are trusted. */
  readonly caPem: string | null;
}

/** What each value may look like. They go into shell words and into JSON; nothing here needs escaping in either. */
const FORMS: Readonly<Record<string, RegExp>> = {
  controller_url: /^https?:\/\/[A-Za-z0-9.\-_~:/[\]@%]{1,200}$/,
  agent_url: /^$|^(https|s3):\/\/[A-Za-z0-9.\-_~:/[\]@%+=]{1,500}$/,
  run: /^\d{8}-\d{6}-[a-z0-9]{4}$/,
  index: /^[1-9]\d{0,5}$/,
  attempt: /^[1-9]\d{0,3}$/,
  token: /^[0-9a-f]{64}$/,
  agent_sha256: /^[0-9a-f]{64}$/,
  life_s: /^[1-9]\d{0,8}$/,
  ca_pem: /^$|^(-----BEGIN CERTIFICATE-----(\\n[A-Za-z0-9+/=]{1,76})+\\n-----END CERTIFICATE-----\\n)+$/,
};

/** One word for the shell, whatever the text holds. */
export function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The user data is for machines: whoever reads it has the files of `deploy/` with their comments. */
function withoutComments(text: string): string {
  const lines = text.trimEnd().split('\n');
  return lines.filter((line, at) => (at === 0 && line.startsWith('#!')) || !/^\s*(#|$)/.test(line)).join('\n');
}

/** The unit goes into an unquoted here-document so that the shell can fill in ROOT; everything else stays as it is. */
function quoteForHereDocument(unit: string): string {
  return withoutComments(unit)
    .replaceAll(/[\\$`]/g, (character) => `\\${character}`)
    .replaceAll('@ROOT@', () => '$' + '{ROOT}')
    .replaceAll('@LIFE_S@', () => '$' + '{life_s}');
}

function checkedWords(values: UserDataValues): Map<string, string> {
  const texts: readonly (readonly [string, string])[] = [
    ['controller_url', values.controllerUrl.replace(/\/+$/, '')],
    ['agent_url', values.agentUrl ?? ''],
    ['run', values.run],
    ['index', String(values.index)],
    ['attempt', String(values.attempt)],
    ['token', values.token],
    ['agent_sha256', values.agentSha256],
    ['life_s', String(values.lifeS)],
    ['ca_pem', values.caPem === null ? '' : `${values.caPem.trimEnd()}\n`.replaceAll(/\r?\n/g, '\\n')],
  ];
  for (const [name, text] of texts) {
    if (FORMS[name]?.test(text) === true) continue;
    const shown = name === 'token' ? 'the token' : JSON.stringify(text);
    throw new FleetError('user_data_value', `${shown} cannot be used as ${name} in user data`);
  }
  return new Map(texts.map(([name, text]) => [name, quoteForShell(text)]));
}

/**
 * The script that the instance runs at its first boot. Throws `FleetError`: `user_data_value` for a value that cannot be
 * used, `user_data_too_large` above 16 KB.
 */
export function renderUserData(templates: UserDataTemplates, values: UserDataValues): string {
  const words = checkedWords(values);
  words.set('switch_script', withoutComments(templates.switchScript));
  words.set('setup_script', withoutComments(templates.setupScript));
  words.set('switch_unit', quoteForHereDocument(templates.switchUnit));
  words.set('setup_unit', quoteForHereDocument(templates.setupUnit));
  words.set('agent_unit', quoteForHereDocument(templates.agentUnit));
  const script = withoutComments(templates.script).replaceAll(/@([a-z0-9_]+)@/g, (placeholder, name: string) => {
    const word = words.get(name);
    if (word === undefined) throw new FleetError('user_data_value', `user data has no value for ${placeholder}`);
    return word;
  });
  const text = `${script}\n`;
  const bytes = new TextEncoder().encode(text).length;
  if (bytes <= USER_DATA_MAX_BYTES) return text;
  throw new FleetError(
    'user_data_too_large',
    `the user data has ${bytes} bytes, EC2 accepts ${USER_DATA_MAX_BYTES}: use a shorter controller address or certificate`,
  );
}
