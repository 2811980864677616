/** `ptp-tester types`: which instance types can have a PHC, as the EC2 API says. */
import { regionOfCredentials } from '../../fleet/aws/ec2-region.ts';
import { createTypeListing, type Place } from '../../fleet/aws/ec2-type-listing.ts';
import type { CliContext } from '../cli-context.ts';
import { UsageError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import { chooseTypes, renderTypes, type ShownType, type TypeOrder } from '../text/types-table.ts';
import { askingCalls } from './asking-calls.ts';

export interface TypesFlags {
  readonly region?: string;
  readonly profile?: string;
  readonly arch?: string;
  readonly offeredIn?: string;
  readonly sort: TypeOrder;
  readonly all?: boolean;
  readonly zones?: boolean;
  readonly json?: boolean;
}

function placeOf(text: string | undefined): Place | null {
  if (text === undefined) return null;
  if (/^subnet-[0-9a-f]{8,17}$/.test(text)) return { kind: 'subnet', name: text };
  if (/^[a-z0-9]+-([a-z]+\d+-)?az\d+$/.test(text)) return { kind: 'zone-id', name: text };
  if (/^[a-z]{2}(-[a-z0-9]+)+[a-z]$/.test(text)) return { kind: 'zone', name: text };
  throw new UsageError(
    `--offered-in: "${text}" is neither a zone (us-east-1a), a zone id (use1-az4) nor a subnet (subnet-0123456789abcdef0)`,
  );
}

export async function types(name: string | undefined, flags: TypesFlags, context: CliContext): Promise<number> {
  const { stderr } = context;
  const place = placeOf(flags.offeredIn);
  const aws = { ...context.aws, ...(flags.profile === undefined ? {} : { profile: flags.profile }) };
  const region = flags.region ?? (await regionOfCredentials(aws));
  const listing = createTypeListing(region, aws, askingCalls(context));
  const say = (text: string) => {
    if (stderr.isTTY) stderr.write(`\r\x1b[K${text}`);
  };
  const [found, zones] = await Promise.all([
    listing.types({ name: name ?? null, architecture: flags.arch ?? null }, (count) =>
      say(`reading the types of ${region}: ${count} so far`),
    ),
    flags.zones === true || place !== null ? listing.zoneIds(place) : null,
  ]);
  say('');
  if (place !== null && zones === null) {
    throw new UsageError(`--offered-in: ${place.name} does not exist in ${region}; check --region and --profile`);
  }
  // EC2 lists nothing for a zone that it does not know.
  if (place !== null && zones?.size === 0) {
    stderr.write(`Nothing at all is offered in ${place.name}: check whether it is a zone of ${region}.\n`);
  }
  const all = flags.all === true;
  const shown = chooseTypes({ types: found, zones, onlyOffered: place !== null, all, order: flags.sort });
  print({ shown, found: found.length, region, all }, flags.json === true, context);
  // EC2 takes a name without a wildcard as a whole one.
  if (name !== undefined && found.length === 0) stderr.write(`${noMatchText(name)}\n`);
  return EXIT.completed;
}

function noMatchText(name: string): string {
  if (name.includes('*')) return `No type matches "${name}": c7i* has all of a family, *.large all of a size.`;
  const pattern = name.includes('.') ? `${name.split('.')[0]}.*` : `${name}*`;
  return `No type is called "${name}". For all that begin so: ptp-tester types "${pattern}"`;
}

interface Counts {
  readonly shown: readonly ShownType[];
  readonly found: number;
  readonly region: string;
  readonly all: boolean;
}

function print({ shown, found, region, all }: Counts, json: boolean, { stdout, stderr }: CliContext): void {
  if (json) {
    stdout.write(`${JSON.stringify({ region, types: shown.map(jsonOf) })}\n`);
    return;
  }
  if (shown.length > 0) stdout.write(`${renderTypes(shown)}\n`);
  stderr.write(
    `${shown.length} of ${found} types that match in ${region}${all || shown.length === found ? '' : '; --all shows the others too'}\n`,
  );
}

function jsonOf({ type, architectures, vcpus, memoryMib, phcSupport, bareMetal, zones }: ShownType) {
  return {
    type,
    architectures,
    vcpus,
    memory_mib: memoryMib,
    phc_support: phcSupport,
    bare_metal: bareMetal,
    ...(zones === null ? {} : { zone_ids: zones }),
  };
}
