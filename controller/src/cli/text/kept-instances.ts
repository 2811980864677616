/** How an operator ends the instances that stay: they cost money, and nobody else ends them (pure). */

/** Of one region. */
export function endCommand(region: string, instanceIds: readonly string[]): string {
  return `aws ec2 terminate-instances --region ${region} --instance-ids ${instanceIds.join(' ')}`;
}

export interface KeptInstances {
  readonly run: string;
  readonly region: string;
  readonly instanceIds: readonly string[];
  readonly data: string;
}

/** Empty where none stays. */
export function keptHint({ run, region, instanceIds, data }: KeptInstances): string {
  if (instanceIds.length === 0) return '';
  return [
    'Its operator keeps these instances, so they are not touched, and cost money until you end them:',
    `  ${endCommand(region, instanceIds)}`,
    `and then, for the groups that stay with them: ptp-tester cleanup ${run} --data ${data}`,
    '',
  ].join('\n');
}
