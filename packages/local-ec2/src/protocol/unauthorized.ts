// UnauthorizedOperation as EC2 says it: who, what, and an encoded message.

/** The caller that every signature stands for. */
export function callerArn(ownerId: string): string {
  return `arn:aws:iam::${ownerId}:user/local`;
}

/** What was encoded in such a message, as JSON; null when it was not encoded here. */
export function decodeRefusal(encoded: string): string | null {
  const text = Buffer.from(encoded, 'base64url').toString('utf8');
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return null;
  }
}

/** The message; what is encoded is our own JSON, as opaque to a client as AWS's. Pure. */
export function unauthorizedMessage(ownerId: string, action: string): string {
  const caller = callerArn(ownerId);
  const details = {
    allowed: false,
    explicitDeny: false,
    context: { principal: { arn: caller }, action, resource: '*' },
  };
  const encoded = Buffer.from(JSON.stringify(details)).toString('base64url');
  return `You are not authorized to perform this operation. User: ${caller} is not authorized to perform: ${action} on resource: * because no identity-based policy allows the ${action} action. Encoded authorization failure message: ${encoded}`;
}
