/** Who may come in: decides on enrol and hello from what the control database says (pure but for the token check, which is passed in). */
import { createHash, timingSafeEqual } from 'node:crypto';
import { type Enrol, type Hello, negotiateProtocol, type RefuseCode } from '@ptp-tester/wire';
import type { InstanceRecord, Run, RunId } from '../runs/run.ts';
import type { Enrolment } from '../runs/run-repository.ts';
import { identityFault, type VerifySignature } from './check-identity.ts';
import { tokenExpiry } from './token-expiry.ts';

/** Whether this is the token of that launch. Must take the same time wherever the two differ. */
export type CheckToken = (
  launch: { readonly run: RunId; readonly index: number; readonly attempt: number },
  token: string,
) => boolean;

export interface Admitted {
  readonly admitted: true;
  readonly protocol: number;
}

export interface Turned {
  readonly admitted: false;
  readonly code: RefuseCode;
  readonly reason: string;
  readonly retry: boolean;
  /** Somebody may be trying to pass as one of our instances. */
  readonly security: boolean;
}

export type Admission = Admitted | Turned;

/** What the control database knows of the launch that an enrol names. */
export interface EnrolFacts {
  readonly run: Run | null;
  readonly instance: InstanceRecord | null;
  readonly enrolment: Enrolment | null;
  /** Where the run may launch; empty: not known. */
  readonly availabilityZones: readonly string[];
  readonly checkToken: CheckToken;
  /** Null: signed identity documents are not asked for. */
  readonly verifySignature: VerifySignature | null;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The same token with the same secret is the same enrolment, however often it comes; another secret is refused. */
export function admitEnrol(message: Enrol, facts: EnrolFacts): Admission {
  const { run, instance, enrolment } = facts;
  if (!facts.checkToken(message, message.token)) return suspicious('token_invalid', 'the token is not of this launch');
  if (run === null || run.state === 'ended') return placeless(run);
  if (instance === null) return turned('run_unknown', `run ${message.run} has no instance ${message.index}`);
  if (instance.attempt !== message.attempt) {
    return turned('token_invalid', `attempt ${message.attempt} was replaced by attempt ${instance.attempt}`);
  }
  if (instance.instanceId !== null && instance.instanceId !== message.facts.instance_id) {
    return suspicious('token_used', `the token belongs to ${instance.instanceId}, not to ${message.facts.instance_id}`);
  }
  if (enrolment !== null && !sameEnrolment(enrolment, message)) {
    return suspicious('token_used', 'the token was already used with another secret or by another instance');
  }
  return refuseInstance(message, { ...facts, run, instance }) ?? withProtocol(message);
}

/** An instance that has enrolled stays who it is: only a first enrolment can come too late. */
function refuseInstance(
  message: Enrol,
  { run, instance, enrolment, ...facts }: EnrolFacts & { readonly run: Run; readonly instance: InstanceRecord },
): Turned | null {
  const expiry = enrolment === null ? tokenExpiry(run, instance, facts.now) : null;
  if (expiry !== null) return suspicious('token_expired', expiry);
  const { availabilityZones, verifySignature } = facts;
  const expected = { instanceType: instance.instanceType, region: run.spec.region, availabilityZones };
  const fault = identityFault({ facts: message.facts, proof: message.identity ?? null }, expected, verifySignature);
  return fault === null ? null : suspicious('identity_refused', fault);
}

function sameEnrolment(enrolment: Enrolment, message: Enrol): boolean {
  return enrolment.instanceId === message.facts.instance_id && isSecret(enrolment, message.secret);
}

/** What the control database knows of the instance that a hello names. */
export interface HelloFacts {
  readonly run: Run | null;
  readonly enrolment: Enrolment | null;
}

export function admitHello(message: Hello, { run, enrolment }: HelloFacts): Admission {
  if (enrolment === null || enrolment.run !== message.run) {
    return turned('not_enrolled', `${message.instance_id} has not enrolled for run ${message.run}`);
  }
  if (!isSecret(enrolment, message.secret)) return suspicious('not_enrolled', 'the secret is not the enrolled one');
  return run === null || run.state === 'ended' ? placeless(run) : withProtocol(message);
}

function placeless(run: Run | null): Turned {
  return run === null ? turned('run_unknown', 'there is no such run') : turned('run_ended', 'the run has ended');
}

function withProtocol({ protocol }: Enrol | Hello): Admission {
  const agreed = negotiateProtocol(protocol);
  if (agreed !== null) return { admitted: true, protocol: agreed };
  return turned('protocol_unsupported', `no common protocol version with ${protocol.min}..${protocol.max}`);
}

function turned(code: RefuseCode, reason: string): Turned {
  return { admitted: false, code, reason, retry: false, security: false };
}

function suspicious(code: RefuseCode, reason: string): Turned {
  return { ...turned(code, reason), security: true };
}

/** What is kept of an agent's secret. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

function isSecret(enrolment: Enrolment, secret: string): boolean {
  const expected = Buffer.from(enrolment.secretSha256, 'hex');
  const presented = Buffer.from(hashSecret(secret), 'hex');
  return expected.length === presented.length && timingSafeEqual(expected, presented);
}
