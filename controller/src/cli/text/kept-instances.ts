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

/** Of those that stayed. Empty where none did. */
export function keptHint(kept: KeptInstances): string {
  return hintOn(
    kept,
    'Its operator keeps these instances, so they are not touched, and cost money until you end them:',
  );
}

/** Of those that were just chosen to stay. Empty where none was. */
export function chosenHint(chosen: KeptInstances): string {
  const { run, data } = chosen;
  return hintOn(
    chosen,
    `They stay when the run ends (ptp-tester status ${run} --data ${data} says so), and cost money until you end them:`,
  );
}

function hintOn({ run, region, instanceIds, data }: KeptInstances, said: string): string {
  if (instanceIds.length === 0) return '';
  return [
    said,
    `  ${endCommand(region, instanceIds)}`,
    `and then, for the groups that stay with them: ptp-tester cleanup ${run} --data ${data}`,
    '',
  ].join('\n');
}
