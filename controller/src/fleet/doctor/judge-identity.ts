/** Whether the credentials are there and last long enough (pure). Account and role are shown in part only. */
import { formatDuration } from '../../config/duration.ts';
import type { CallerIdentity } from '../aws/sts-identity.ts';
import { type Asked, type Check, checksOf } from './check.ts';

const RENEW = 'renew them: aws sso login, aws login, or new keys in the profile or the environment';

/** `123456789012` -> `********9012` */
export function redactAccount(account: string): string {
  return account.slice(-4).padStart(account.length, '*');
}

/** `arn:aws:sts::123456789012:assumed-role/Admin/me@x` -> `assumed-role/Ad***`: enough to recognise one's own. */
export function redactIdentity(arn: string): string {
  const [kind = '', name = ''] = (arn.split(':')[5] ?? '').split('/');
  return name === '' ? kind : `${kind}/${name.slice(0, 2)}***`;
}

function remedyOf({ kind, remedy }: Extract<IdentityFacts['identity'], { answered: false }>): string | null {
  return kind === 'credentials' ? `${remedy ?? RENEW}; --profile chooses another profile` : remedy;
}

export interface IdentityFacts {
  readonly identity: Asked<CallerIdentity>;
  readonly now: number;
  readonly durationS: number;
}

export function judgeIdentity({ identity, now, durationS }: IdentityFacts): Check {
  const found = checksOf('credentials');
  if (!identity.answered) return found.failed(identity.why, remedyOf(identity));
  const { account, arn, source, isTemporary, isRenewable, expiresAt } = identity.value;
  const who = `${source}; account ${redactAccount(account)}, ${redactIdentity(arn)}`;
  if (expiresAt !== null && expiresAt <= now) return found.failed(`${who}; expired`, RENEW);
  if (!isTemporary) return found.ok(`${who}; they do not expire`);
  const left = expiresAt === null ? null : (expiresAt - now) / 1000;
  const life = left === null ? 'temporary, and nobody says until when' : `expire in ${formatDuration(left)}`;
  if (isRenewable) return found.ok(`${who}; ${life}, then renewed from the same source`);
  if (left !== null && left > durationS) return found.ok(`${who}; ${life}, after the soak`);
  const remedy =
    'a running controller sees new keys in a profile, not in its environment: use a profile with sso or a role for long runs';
  return found.warning(`${who}; ${life}, perhaps before the run ends`, remedy);
}
