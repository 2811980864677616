/** The flags that say what a run is: those of the design document and ours. */
import type { Command } from 'commander';

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export function addRunFlags(command: Command): Command {
  return addCleanupFlags(addSoakFlags(addLaunchFlags(command)));
}

function addLaunchFlags(command: Command): Command {
  return command
    .option('--instance-types <list>', 'types and quantities: c7i.large:2,m7i.xlarge')
    .option(
      '--subnet-id <ids>',
      'one or several (comma or repeated); later ones are tried where capacity lacks',
      collect,
    )
    .option('--region <name>', 'AWS region (default: where the subnet is, starting from that of the credentials)')
    .option('--profile <name>', 'AWS profile (default: the credential chain)')
    .option('--ami-id <id>', 'image (default: newest Amazon Linux 2023 of each architecture)')
    .option('--kernel <line>', 'kernel line of Amazon Linux 2023: default, 6.1, 6.12, 6.18')
    .option('--security-group-id <id>', 'an existing security group (default: a temporary one without inbound rules)')
    .option('--placement-group <name>', 'an existing placement group')
    .option('--precision-time <mode>', 'precision-time placement group: auto, off, or the name of one')
    .option('--instance-profile <name>', 'instance profile of the instances')
    .option('--key-name <name>', 'a key pair to attach; not needed, nothing connects in')
    .option('--private-key-path <file>', 'only checked; not needed, nothing connects in')
    .option(
      '--agent-url <url>',
      'https or s3 location of the agent file instead of the controller; {arch} is filled in',
    )
    .option('--allow-metal', 'consent to bare metal')
    .option('--canary', 'one instance end to end before the others')
    .option('--ssm-diagnostics', 'where no agent came or its setup failed: look into the instance through SSM')
    .option('--owner <name>', 'who answers for the machines; goes into a tag')
    .option('--tag <key=value>', 'a tag of your own; may be repeated', collect);
}

function addSoakFlags(command: Command): Command {
  return command
    .option('--duration <time>', 'length of the soak: 20s, 90m, 14d (default 1h)')
    .option('--interval <ms>', 'spacing of PHC samples (default 250)')
    .option('--readings <n>', 'PHC readings of each sample (default 3)')
    .option('--enable-phc <when>', 'auto: turn the PHC on where it is off; never: only look (default auto)')
    .option('--simulate-phc', 'use the SIMULATED PHC instead of the device; for trying only');
}

function addCleanupFlags(command: Command): Command {
  return command
    .option(
      '--keep <which>',
      'working instances that stay: ask, all, none, 1,3,5-7 (default: ask on a terminal, else none)',
    )
    .option('--keep-decision <time>', 'how long a decision about keeping is waited for (default 1h)')
    .option('--max-lifetime <time>', 'no instance lives longer than this')
    .option(
      '--extend-room <time>',
      "how much `ptp-tester extend` can add later: the instances' own limits allow for it",
    )
    .option('--max-instances <n>', 'refuse to launch more')
    .option('--max-instance-hours <n>', 'refuse a soak that takes more');
}
