import { describe, expect, it } from 'vitest';
import { type CallerIdentity, describeCredentials } from '../aws/sts-identity.ts';
import { judgeIdentity, redactAccount, redactIdentity } from './judge-identity.ts';

const NOW = Date.UTC(2026, 10, 21);
const ROLE: CallerIdentity = {
  account: '123456789012',
  arn: 'arn:aws:sts::123456789012:assumed-role/Administrator/someone@example.org',
  source: 'single sign-on of a profile',
  isTemporary: true,
  isRenewable: true,
  expiresAt: NOW + 3_600_000,
};

function judge(change: Partial<CallerIdentity>, durationS = 86_400) {
  const identity = { answered: true, value: { ...ROLE, ...change } } as const;
  return judgeIdentity({ identity, now: NOW, durationS });
}

describe('judgeIdentity', () => {
  it('shows neither the account nor the role nor the person in full', () => {
    expect(redactAccount('123456789012')).toBe('********9012');
    expect(redactIdentity(ROLE.arn)).toBe('assumed-role/Ad***');
    expect(redactIdentity('arn:aws:iam::123456789012:root')).toBe('root');
    expect(judge({}).reason).not.toMatch(/123456789012|Administrator|someone/);
  });

  it('is content with credentials that are renewed from their source, however soon they expire', () => {
    expect(judge({}).result).toBe('ok');
    expect(judge({ isTemporary: false, expiresAt: null }).reason).toContain('do not expire');
  });

  it('warns of temporary keys that nobody can renew for a running controller, unless they outlast the soak', () => {
    expect(judge({ isRenewable: false }).result).toBe('warning');
    expect(judge({ isRenewable: false, expiresAt: null }).result).toBe('warning');
    expect(judge({ isRenewable: false }, 60).result).toBe('ok');
  });

  it('fails when they have expired, or were refused, and says how to renew them', () => {
    expect(judge({ expiresAt: NOW - 1 }).result).toBe('failed');
    const refused = { answered: false, why: 'ExpiredToken', remedy: null, kind: 'credentials' } as const;
    const check = judgeIdentity({ identity: refused, now: NOW, durationS: 60 });
    expect(check).toMatchObject({ result: 'failed', remedy: expect.stringContaining('aws sso login') });
  });
});

describe('describeCredentials', () => {
  it('names the source that the SDK marked, the most telling mark first', () => {
    const sso = { $source: { CREDENTIALS_PROFILE: 'n', CREDENTIALS_PROFILE_SSO: 'r' }, expiration: new Date(NOW) };
    expect(describeCredentials(sso)).toEqual({
      source: 'single sign-on of a profile',
      isTemporary: true,
      isRenewable: true,
      expiresAt: NOW,
    });
    expect(describeCredentials({}).source).toBe('a source that the SDK does not name');
  });

  it('knows that a session token in the environment cannot be renewed', () => {
    const fixed = { $source: { CREDENTIALS_ENV_VARS: 'g' }, sessionToken: 'x' };
    expect(describeCredentials(fixed)).toMatchObject({ isTemporary: true, isRenewable: false, expiresAt: null });
    expect(describeCredentials({ $source: { CREDENTIALS_ENV_VARS: 'g' } }).isTemporary).toBe(false);
  });
});
