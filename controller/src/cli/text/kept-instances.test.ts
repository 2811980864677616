/** What is said of instances that stay. */
import { expect, it } from 'vitest';
import { chosenHint, keptHint } from './kept-instances.ts';

it('gives the whole command that ends what stays, with region and ids, and says nothing where nothing does', () => {
  const kept = { run: 'r-1', region: 'eu-north-1', instanceIds: ['i-1', 'i-2'], data: 'd' };
  for (const hint of [keptHint, chosenHint]) {
    expect(hint(kept)).toContain('  aws ec2 terminate-instances --region eu-north-1 --instance-ids i-1 i-2\n');
    expect(hint(kept)).toContain('ptp-tester cleanup r-1 --data d\n');
    expect(hint({ ...kept, instanceIds: [] })).toBe('');
  }
  expect(chosenHint(kept)).toContain('ptp-tester status r-1 --data d');
});
