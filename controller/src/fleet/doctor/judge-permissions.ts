/** What the credentials may do, as AWS answered the dry runs (pure). */
import type { ProbeAnswer } from '../aws/ec2-probe.ts';
import { type Asked, type Check, checksOf, unanswered } from './check.ts';

export const POLICY = 'deploy/iam/controller-policy.json has the statement for it';

export function judgePermissions(permissions: Asked<readonly ProbeAnswer[]>): readonly Check[] {
  if (!permissions.answered) return [unanswered(checksOf('permission'), permissions)];
  return permissions.value.map(({ permission, answer, detail, isOptional, isDryRun }) => {
    const found = checksOf('permission', permission);
    if (answer === 'allowed' && detail !== '') {
      const words = `allowed, but AWS found something wrong with the dry run: ${detail}`;
      return found.warning(words, 'the check of what it names says more; a wrong --instance-profile shows only here');
    }
    if (answer === 'allowed') return found.ok(isDryRun ? 'a dry run would be allowed' : 'it was asked, and answered');
    if (answer === 'untold') return found.skipped(detail);
    const remedy = `allow ${permission} to these credentials; ${POLICY}`;
    return isOptional
      ? found.warning('denied; a run works without it, but not what asks for it', remedy)
      : found.failed('denied', remedy);
  });
}
