// What stands before every action: credentials that work, the request limit, the rights of the caller.
import type { Account } from '../account/account.ts';
import {
  type ConditionsChange,
  type CredentialRule,
  changedConditions,
  type DeniedRule,
  type ThrottleRule,
} from '../account/conditions.ts';
import { ApiError } from '../api-error.ts';
import { matchesWildcards } from '../wildcards.ts';
import type { ServiceName } from './service-codes.ts';
import { unauthorizedMessage } from './unauthorized.ts';

/** The parts of a request that decide. */
export interface GuardedRequest {
  readonly service: ServiceName;
  readonly action: string;
  /** Of the signature; undefined when there is none. */
  readonly accessKeyId: string | undefined;
}

/** Request fields that name the resources of an action. */
const RESOURCE_FIELDS = [
  'InstanceIds',
  'InstanceId',
  'Resources',
  'GroupId',
  'VolumeId',
  'NetworkInterfaceId',
  'GroupName',
];

const CREDENTIAL_MESSAGES: Readonly<Record<CredentialRule['code'], string>> = {
  RequestExpired: 'Request has expired.',
  ExpiredToken: 'The security token included in the request is expired',
  AuthFailure: 'AWS was not able to validate the provided access credentials',
};

/** Lets requests pass, or not, as the conditions of the account say. */
export class RequestGuard {
  private readonly account: Account;
  private readonly setAt = new WeakMap<CredentialRule, number>();
  private readonly buckets = new WeakMap<ThrottleRule, { tokens: number; at: number }>();

  constructor(dependencies: { account: Account }) {
    this.account = dependencies.account;
  }

  /** Changes the conditions of the account from now on. */
  change(change: ConditionsChange): void {
    const { account } = this;
    account.conditions = changedConditions(account.conditions, change);
    for (const rule of account.conditions.credentials) {
      if (!this.setAt.has(rule)) this.setAt.set(rule, account.now());
    }
  }

  /** Before the request is looked at. @throws ApiError AuthFailure, RequestExpired, ExpiredToken, RequestLimitExceeded */
  admit(request: GuardedRequest): void {
    const { accessKeyId } = request;
    if (accessKeyId === undefined) throw new ApiError('AuthFailure', CREDENTIAL_MESSAGES.AuthFailure);
    const expired = this.account.conditions.credentials.find((rule) => this.isExpired(rule, accessKeyId));
    if (expired !== undefined) throw new ApiError(expired.code, CREDENTIAL_MESSAGES[expired.code]);
    for (const rule of this.account.conditions.throttled) {
      if (matchesAction(rule.action, request) && !this.takeToken(rule)) {
        throw new ApiError('RequestLimitExceeded', 'Request limit exceeded.');
      }
    }
  }

  /** After the request was found valid. @throws ApiError UnauthorizedOperation */
  authorize(request: GuardedRequest, input: Readonly<Record<string, unknown>>): void {
    for (const right of neededRights(request, input)) {
      const denied = this.account.conditions.denied.some(
        (rule) => matchesAction(rule.action, right) && this.isDenied(rule, right, input),
      );
      if (!denied) continue;
      const message = unauthorizedMessage(this.account.ownerId, `${right.service}:${right.action}`);
      throw new ApiError('UnauthorizedOperation', message);
    }
  }

  private isExpired(rule: CredentialRule, accessKeyId: string): boolean {
    const since = this.setAt.get(rule) ?? 0;
    return matchesWildcards(rule.accessKeyId, accessKeyId) && this.account.now() >= since + (rule.afterMs ?? 0);
  }

  private takeToken(rule: ThrottleRule): boolean {
    const now = this.account.now();
    const { tokens, at } = this.buckets.get(rule) ?? { tokens: rule.burst, at: now };
    const refilled = Math.min(rule.burst, tokens + ((now - at) / 1000) * rule.perSecond);
    this.buckets.set(rule, { tokens: refilled >= 1 ? refilled - 1 : refilled, at: now });
    return refilled >= 1;
  }

  private isDenied(rule: DeniedRule, right: Right, input: Readonly<Record<string, unknown>>): boolean {
    if (right.isAtCreation && rule.exceptAtCreation === true) return false;
    const { withoutTag } = rule;
    if (withoutTag === undefined) return true;
    return resourcesOf(input).some((name) => {
      const id = this.account.placementGroups.get(name)?.id ?? name;
      return this.account.tags.get(id)?.has(withoutTag) !== true;
    });
  }
}

/** One right that a request needs. */
interface Right {
  readonly service: string;
  readonly action: string;
  readonly isAtCreation: boolean;
}

/** Tags at creation need the right to create tags, and an instance profile that to pass its role. */
function neededRights({ service, action }: GuardedRequest, input: Readonly<Record<string, unknown>>): Right[] {
  const rights: Right[] = [{ service, action, isAtCreation: false }];
  if (input['TagSpecifications'] !== undefined) rights.push({ service, action: 'CreateTags', isAtCreation: true });
  if (input['IamInstanceProfile'] !== undefined)
    rights.push({ service: 'iam', action: 'PassRole', isAtCreation: false });
  return rights;
}

function matchesAction(pattern: string, { service, action }: { service: string; action: string }): boolean {
  return matchesWildcards(
    pattern === '*' || pattern.includes(':') ? pattern : `ec2:${pattern}`,
    `${service}:${action}`,
  );
}

function resourcesOf(input: Readonly<Record<string, unknown>>): string[] {
  const values = RESOURCE_FIELDS.flatMap((name) => input[name] ?? []);
  return values.filter((value) => typeof value === 'string');
}
