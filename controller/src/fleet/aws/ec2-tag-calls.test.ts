import { expect, it } from 'vitest';
import type { Ec2Caller } from './ec2-caller.ts';
import { tagCalls } from './ec2-tag-calls.ts';

/** EC2's limits: RequestResourceCountExceeded above 1000 resources, FilterLimitExceeded above 200 values of a filter. */
const [MOST_RESOURCES, MOST_VALUES] = [1000, 200];

interface Sent {
  readonly Resources?: readonly string[];
  readonly Filters?: readonly { readonly Values: readonly string[] }[];
}

/** An EC2 that has every volume and interface that it is asked for, and refuses what is more than one call may name. */
function limitedEc2() {
  const tagged: string[] = [];
  class Command {
    readonly input: Sent;
    constructor(input: Sent) {
      this.input = input;
    }
  }
  const module = new Proxy({}, { get: () => Command });
  const send = ({ input: { Resources = [], Filters = [] } }: Command) => {
    const values = Filters.flatMap(({ Values }) => Values);
    if (Resources.length > MOST_RESOURCES) throw new Error('RequestResourceCountExceeded');
    if (values.length > MOST_VALUES) throw new Error('FilterLimitExceeded');
    tagged.push(...Resources);
    const NetworkInterfaces = values.map((id) => ({ NetworkInterfaceId: id }));
    return Promise.resolve({ Volumes: values.map((id) => ({ VolumeId: id, State: 'in-use' })), NetworkInterfaces });
  };
  type Send = (sdk: { module: typeof module; client: { send: typeof send } }) => Promise<unknown>;
  const call = (_action: string, ask: Send) => ask({ module, client: { send } });
  return { tagged, caller: { call, dryRun: call } as unknown as Ec2Caller };
}

const ids = (kind: string, count: number) => Array.from({ length: count }, (_, index) => `${kind}-${index}`);

it('the sign of life of 2500 instances is within what one call of EC2 takes', async () => {
  const { caller, tagged } = limitedEc2();
  const { createTags, deleteTags } = tagCalls(caller, {});
  await createTags(ids('i', 2500), { 'ptp-tester:alive': 'now' }, { dryRun: false });
  expect(tagged).toEqual(ids('i', 2500));
  await deleteTags(ids('i', 2500), ['ptp-tester:alive'], { dryRun: false });
  expect(tagged).toHaveLength(5000);
});

it('the leak audit of 500 instances asks for their volumes and interfaces in parts', async () => {
  const { caller } = limitedEc2();
  const left = [
    ...ids('vol', 500).map((id) => ({ id, type: 'volume' })),
    ...ids('eni', 500).map((id) => ({ id, type: 'network-interface' })),
    { id: 'sg-1', type: 'security-group' },
  ];
  expect(await tagCalls(caller, {}).existing(left)).toEqual(left);
});
