/** Whose credentials these are: STS GetCallerIdentity, and where the SDK's chain found them. Loads the SDK when first used. */
import { type AwsOptions, awsAccess } from './ec2-client.ts';
import { type CallLog, loggedCall } from './logged-call.ts';

export interface CallerIdentity {
  readonly account: string;
  /** For example `arn:aws:sts::123456789012:assumed-role/Admin/session`. */
  readonly arn: string;
  /** Where the chain found them, for people. */
  readonly source: string;
  /** Temporary credentials end; those of the environment cannot be renewed by a running process. */
  readonly isTemporary: boolean;
  readonly isRenewable: boolean;
  /** Ms since 1970; null where nobody says. */
  readonly expiresAt: number | null;
}

/** The SDK's own marks on credentials, the most telling first. */
const SOURCES: readonly (readonly [mark: string, source: string])[] = [
  ['CREDENTIALS_PROFILE_SSO', 'single sign-on of a profile'],
  ['CREDENTIALS_PROFILE_SSO_LEGACY', 'single sign-on of a profile'],
  ['CREDENTIALS_SSO', 'single sign-on'],
  ['CREDENTIALS_SSO_LEGACY', 'single sign-on'],
  ['CREDENTIALS_PROFILE_LOGIN', 'aws login of a profile'],
  ['CREDENTIALS_LOGIN', 'aws login'],
  ['CREDENTIALS_PROFILE_PROCESS', 'credential_process of a profile'],
  ['CREDENTIALS_PROCESS', 'credential_process'],
  ['CREDENTIALS_STS_ASSUME_ROLE_WEB_ID', 'a web identity token'],
  ['CREDENTIALS_STS_ASSUME_ROLE', 'a role that the profile assumes'],
  ['CREDENTIALS_PROFILE', 'keys of a profile'],
  ['CREDENTIALS_ENV_VARS', 'environment variables'],
  ['CREDENTIALS_HTTP', 'the container'],
  ['CREDENTIALS_IMDS', 'the role of this instance'],
  ['CREDENTIALS_CODE', 'given by the program'],
];

/** Source and life of credentials as the SDK's chain returned them. */
export function describeCredentials(found: {
  readonly sessionToken?: string | undefined;
  readonly expiration?: Date | undefined;
  readonly $source?: object | undefined;
}): Pick<CallerIdentity, 'source' | 'isTemporary' | 'isRenewable' | 'expiresAt'> {
  const marks = found.$source ?? {};
  const source = SOURCES.find(([mark]) => mark in marks)?.[1] ?? 'a source that the SDK does not name';
  const isTemporary = found.sessionToken !== undefined || found.expiration !== undefined;
  const isFixed = source === 'environment variables' || source === 'keys of a profile';
  const expiresAt = found.expiration?.getTime() ?? null;
  return { source, isTemporary, isRenewable: !isTemporary || !isFixed, expiresAt };
}

/** Throws `FleetError` `call_failed` when there are no credentials, or AWS refuses them. */
export async function readIdentity(region: string, aws: AwsOptions, callLog: CallLog): Promise<CallerIdentity> {
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  const endpoint = aws.stsEndpoint === undefined ? {} : { endpoint: aws.stsEndpoint };
  const client = new STSClient({ ...awsAccess(region, aws).options, ...endpoint });
  const answer = await loggedCall({ action: 'sts:GetCallerIdentity', run: null }, callLog, () =>
    client.send(new GetCallerIdentityCommand({})),
  );
  const life = describeCredentials(await client.config.credentials());
  return { account: answer.Account ?? '', arn: answer.Arn ?? '', ...life };
}
