/** Which types are shown, in which order, and how (pure). */
import Table from 'cli-table3';
import type { ListedType } from '../../fleet/aws/ec2-type-listing.ts';

export const TYPE_ORDERS = ['type', 'vcpus', 'memory', 'phc'] as const;
export type TypeOrder = (typeof TYPE_ORDERS)[number];

/** Zones: null where nobody asked. */
export type ShownType = ListedType & { readonly zones: readonly string[] | null };

export interface TypeChoice {
  readonly types: readonly ListedType[];
  /** Zone ids by type; null: not asked. */
  readonly zones: ReadonlyMap<string, readonly string[]> | null;
  /** Only those that are offered where `zones` is about. */
  readonly onlyOffered: boolean;
  /** Also those that the API does not call supported. */
  readonly all: boolean;
  readonly order: TypeOrder;
}

const PHC_RANK: Readonly<Record<string, number>> = { supported: 0, unsupported: 2 };

/** `m7i.2xlarge` after `m7i.xlarge`: numbers in names count as numbers. */
const BY_NAME = new Intl.Collator('en', { numeric: true });

function compare(order: TypeOrder): (a: ListedType, b: ListedType) => number {
  const byName = (a: ListedType, b: ListedType) => BY_NAME.compare(a.type, b.type);
  const rank = ({ phcSupport }: ListedType) => PHC_RANK[phcSupport ?? ''] ?? 1;
  switch (order) {
    case 'type':
      return byName;
    case 'vcpus':
      return (a, b) => a.vcpus - b.vcpus || byName(a, b);
    case 'memory':
      return (a, b) => a.memoryMib - b.memoryMib || byName(a, b);
    case 'phc':
      return (a, b) => rank(a) - rank(b) || byName(a, b);
  }
}

export function chooseTypes({ types, zones, onlyOffered, all, order }: TypeChoice): readonly ShownType[] {
  return types
    .filter(({ phcSupport }) => all || phcSupport === 'supported')
    .filter(({ type }) => !onlyOffered || zones?.has(type) === true)
    .map((info) => ({ ...info, zones: zones === null ? null : (zones.get(info.type) ?? []) }))
    .sort(compare(order));
}

/** For people. */
export function renderTypes(types: readonly ShownType[]): string {
  const hasZones = types.some(({ zones }) => zones !== null);
  const table = new Table({
    head: ['type', 'architecture', 'vCPUs', 'memory', 'PHC', ...(hasZones ? ['zones'] : [])],
    colAligns: ['left', 'left', 'right', 'right', 'left', 'left'],
    style: { head: [], border: [], compact: true },
    chars: PLAIN,
  });
  for (const { type, architectures, vcpus, memoryMib, phcSupport, bareMetal, zones } of types) {
    table.push([
      `${type}${bareMetal ? ' (metal)' : ''}`,
      architectures.join(', '),
      String(vcpus),
      `${memoryMib / 1024} GiB`,
      phcSupport ?? 'not stated',
      ...(hasZones ? [(zones ?? []).join(' ')] : []),
    ]);
  }
  return table.toString();
}

const NONE = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '' };
const PLAIN = {
  ...NONE,
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' ',
};
