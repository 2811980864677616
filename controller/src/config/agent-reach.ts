/** Whether instances could reach the controller at the address they are told, as far as the address itself says (pure). */
import { hostOf, isLoopback } from './tls-mode.ts';

/** Of an EC2 endpoint on this machine, whose instances run here too. */
export function isLocalEndpoint(ec2Endpoint: string | undefined): boolean {
  return ec2Endpoint !== undefined && URL.canParse(ec2Endpoint) && isLoopback(hostOf(ec2Endpoint));
}

/** Why no instance can: an instance that calls its own loopback would run, cost, and never report. Null: nothing speaks against it. */
export function whyUnreachable(publicUrl: string, ec2Endpoint: string | undefined): string | null {
  const host = hostOf(publicUrl);
  if (!isLoopback(host) || isLocalEndpoint(ec2Endpoint)) return null;
  return `instances in a VPC cannot reach ${host} of this machine; say where they can, for example --agent-listen 0.0.0.0:7600 --public-url https://THIS-MACHINE:7600, and try it first with: ptp-tester doctor`;
}
