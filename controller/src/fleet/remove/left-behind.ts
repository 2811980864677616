/** What a run may leave behind if the controller goes now, from its own records alone: for when there is no time to ask EC2. */
import type { Leftover, RunId } from '../../runs/run.ts';
import type { RunRepository } from '../../runs/run-repository.ts';
import { findLeftovers, removalCommand } from './find-leftovers.ts';

/** Empty once the run has ended with nothing left. Asks nobody; may name what is gone already. */
export function leftBehindNow(run: RunId, repository: Pick<RunRepository, 'run' | 'instances'>): readonly Leftover[] {
  const current = repository.run(run);
  if (current === null) return [];
  if (current.state === 'ended') return current.leftovers ?? [];
  const { region } = current.spec;
  const instances = repository.instances(run);
  const facts = {
    run: current,
    instances,
    observed: 'unknown',
    groups: 'unknown',
    tagged: [],
    troubles: new Map(),
  } as const;
  const { securityGroupId = null, placementGroup = null } = current.resources ?? {};
  const made = [
    { kind: 'security-group', id: securityGroupId },
    { kind: 'placement-group', id: placementGroup },
  ] as const;
  const reason = 'made for the run';
  const groups = made.flatMap(({ kind, id }) =>
    id === null ? [] : [{ kind, id, reason, command: removalCommand(region, kind, id) }],
  );
  return [...findLeftovers(facts).filter(({ id }) => id !== run), ...groups];
}
