/** Renders the user data of one launch from `deploy/user-data.sh` (pure): every value checked, quoted, and the size bounded. */
import { FleetError } from './fleet-error.ts';

/** EC2's limit on user data, raw bytes before base64. */
export const USER_DATA_MAX_BYTES = 16_384;

/** The texts of `deploy/user-data.sh` and `deploy/systemd/ptp-tester-agent.service`. */
export interface UserDataTemplates {
  readonly script: string;
  readonly unit: string;
}

export interface UserDataValues {
  /** Where the instance reaches the controller: http(s), no path needed, no trailing slash. */
  readonly controllerUrl: string;
  readonly run: string;
  readonly index: number;
  readonly attempt: number;
  readonly token: string;
  readonly agentSha256: string;
  /** The dead-man's switch: minutes after boot until the instance powers itself off. */
  readonly lifeMinutes: number;
}

/** What each value may look like. They go into shell words and into JSON; nothing here needs escaping in either. */
const FORMS: Readonly<Record<string, RegExp>> = {
  controller_url: /^https?:\/\/[A-Za-z0-9.\-_~:/[\]@%]{1,200}$/,
  run: /^\d{8}-\d{6}-[a-z0-9]{4}$/,
  index: /^[1-9]\d{0,5}$/,
  attempt: /^[1-9]\d{0,3}$/,
  token: /^[0-9a-f]{64}$/,
  agent_sha256: /^[0-9a-f]{64}$/,
  life_minutes: /^[1-9]\d{0,6}$/,
};

/** One word for the shell, whatever the text holds. */
export function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The unit goes into an unquoted here-document so that the shell can fill in ROOT; everything else stays as it is. */
function quoteForHereDocument(unit: string): string {
  return unit
    .trimEnd()
    .replaceAll(/[\\$`]/g, (character) => `\\${character}`)
    .replaceAll('@ROOT@', () => '$' + '{ROOT}');
}

function checkedWords(values: UserDataValues): Map<string, string> {
  const texts: readonly (readonly [string, string])[] = [
    ['controller_url', values.controllerUrl.replace(/\/+$/, '')],
    ['run', values.run],
    ['index', String(values.index)],
    ['attempt', String(values.attempt)],
    ['token', values.token],
    ['agent_sha256', values.agentSha256],
    ['life_minutes', String(values.lifeMinutes)],
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
  words.set('unit', quoteForHereDocument(templates.unit));
  const script = templates.script.replaceAll(/@([a-z0-9_]+)@/g, (placeholder, name: string) => {
    const word = words.get(name);
    if (word === undefined) throw new FleetError('user_data_value', `user data has no value for ${placeholder}`);
    return word;
  });
  const bytes = new TextEncoder().encode(script).length;
  if (bytes <= USER_DATA_MAX_BYTES) return script;
  throw new FleetError(
    'user_data_too_large',
    `the user data has ${bytes} bytes, EC2 accepts ${USER_DATA_MAX_BYTES}: use a shorter controller address`,
  );
}
