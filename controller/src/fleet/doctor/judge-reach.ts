/** Whether the address that agents are told leads to this controller, as far as that can be told from here (pure). */
import { hostOf, isLoopback } from '../../config/tls-mode.ts';
import { type Check, checksOf } from './check.ts';

export interface ReachFacts {
  readonly publicUrl: string;
  readonly listen: { readonly host: string; readonly port: number };
  /** The EC2 endpoint is one on this machine, and so are its instances. */
  readonly isLocalEc2: boolean;
  /** Null: the name cannot be resolved from here. */
  readonly addresses: readonly string[] | null;
  readonly ownAddresses: readonly string[];
  /** What a connection from here met. */
  readonly met: 'answer' | 'refusal' | 'silence';
}

const LISTEN =
  '--agent-listen 0.0.0.0:7600 --public-url https://THIS-MACHINE:7600, with an address that the VPC reaches';

function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  if (port !== '') return Number(port);
  return protocol === 'http:' ? 80 : 443;
}

export function judgeReach(facts: ReachFacts): Check {
  const { publicUrl, listen, isLocalEc2, addresses, ownAddresses } = facts;
  const found = checksOf('public url', publicUrl);
  const host = hostOf(publicUrl);
  if (isLoopback(host)) {
    if (isLocalEc2) return found.ok('this machine, where the instances of this EC2 endpoint run too');
    return found.failed(`instances in a VPC cannot reach ${host} of this machine`, LISTEN);
  }
  if (addresses === null) {
    return found.warning(`${host} cannot be resolved from here`, 'make sure that it resolves inside the VPC');
  }
  const isOwn = addresses.some((address) => ownAddresses.includes(address));
  if (!isOwn) return judgeElsewhere(facts);
  if (isLoopback(listen.host)) {
    return found.failed(`is this machine, but agents are listened for on ${listen.host} only`, LISTEN);
  }
  if (portOf(publicUrl) !== listen.port) {
    return found.warning(
      `is this machine, but port ${portOf(publicUrl)} is not the one of --agent-listen (${listen.port})`,
      'let something forward it, or make them the same',
    );
  }
  return found.ok(
    'an address of this machine, and the one that is listened on; firewalls between are not seen from here',
  );
}

/** A load balancer, a NAT or a proxy. */
function judgeElsewhere({ publicUrl, listen, met }: ReachFacts): Check {
  const found = checksOf('public url', publicUrl);
  const on = `it must forward to ${listen.host}:${listen.port} of this machine`;
  if (met === 'answer') return found.ok(`not an address of this machine, and something answers there; ${on}`);
  const what = met === 'refusal' ? 'refuses connections' : 'does not answer';
  return found.warning(`not an address of this machine, and ${what} from here now`, on);
}
