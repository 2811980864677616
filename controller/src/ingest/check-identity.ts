/** Whether an instance is the one that EC2 says it is: by what it states, and, where asked for, by AWS's signature (pure). */
import { verify, X509Certificate } from 'node:crypto';
import type { IdentityProof, InstanceFacts } from '@ptp-tester/wire';

/** Whether AWS signed this identity document. */
export type VerifySignature = (proof: IdentityProof) => boolean;

/** What the controller knows of the instance from EC2. */
export interface ExpectedInstance {
  readonly instanceType: string;
  readonly region: string;
  /** Where the run may launch; empty: not known. */
  readonly availabilityZones: readonly string[];
}

export interface PresentedIdentity {
  readonly facts: InstanceFacts;
  readonly proof: IdentityProof | null;
}

/** Null when all of it fits; otherwise what does not. `verifySignature` null: a proof is compared, not verified, and may be absent. */
export function identityFault(
  { facts, proof }: PresentedIdentity,
  expected: ExpectedInstance,
  verifySignature: VerifySignature | null,
): string | null {
  return factsFault(facts, expected) ?? proofFault({ facts, proof }, verifySignature);
}

function factsFault(facts: InstanceFacts, expected: ExpectedInstance): string | null {
  const { instanceType, region, availabilityZones } = expected;
  if (facts.instance_type !== instanceType) {
    return `the instance says it is a ${facts.instance_type}, launched was a ${instanceType}`;
  }
  if (facts.region !== region) return `the instance says it is in ${facts.region}, launched was in ${region}`;
  if (availabilityZones.length === 0 || availabilityZones.includes(facts.availability_zone)) return null;
  return `the instance says it is in ${facts.availability_zone}, launched was in ${availabilityZones.join(' or ')}`;
}

function proofFault({ facts, proof }: PresentedIdentity, verifySignature: VerifySignature | null): string | null {
  if (proof === null) return verifySignature === null ? null : 'the instance presents no signed identity document';
  const document = parseDocument(proof.document);
  if (document === null) return 'the identity document is not a JSON object';
  const differing = DOCUMENT_FIELDS.filter(([name, of]) => document[name] !== of(facts)).map(([name]) => name);
  if (differing.length > 0) return `the identity document differs from what the instance says: ${differing.join(', ')}`;
  if (verifySignature === null || verifySignature(proof)) return null;
  return 'the signature of the identity document is not of AWS (by the certificates of --identity-certs)';
}

/** Names of the document (EC2 User Guide, "Instance identity documents") and what must stand there. */
const DOCUMENT_FIELDS: readonly (readonly [string, (facts: InstanceFacts) => string])[] = [
  ['instanceId', (facts) => facts.instance_id],
  ['instanceType', (facts) => facts.instance_type],
  ['availabilityZone', (facts) => facts.availability_zone],
  ['region', (facts) => facts.region],
];

function parseDocument(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    // What an instance sends may be anything.
    return null;
  }
}

/**
 * Verifies `instance-identity/signature`: base64 of RSA with SHA-256 over the document, by one of AWS's public certificates for the
 * region ("AWS public certificates" in the EC2 User Guide). Throws Node's error when the text holds no readable certificate.
 */
export function signatureVerifier(certificatesPem: string): VerifySignature {
  const blocks = certificatesPem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [''];
  const keys = blocks.map((block) => new X509Certificate(block).publicKey);
  return ({ document, signature }) => {
    const bytes = Buffer.from(signature, 'base64');
    return keys.some((key) => key.asymmetricKeyType === 'rsa' && verify('sha256', Buffer.from(document), key, bytes));
  };
}
