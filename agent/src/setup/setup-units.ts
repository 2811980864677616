/** The units that run the plan's setup with root's rights when the unprivileged agent has stored a plan or a request. */
import { REPAIR_FILE } from '../repair/repair-request.ts';
import { SETUP_UNIT } from './setup-texts.ts';

export interface SetupUnitOptions {
  readonly agentPath: string;
  readonly configPath: string;
  readonly stateDir: string;
}

const PATH = 'ptp-tester-phc-setup.path';

export const UNITS_TO_START = [SETUP_UNIT, PATH];

/** By file name. The plan is a closed schema, and so is the request: what the agent stores can ask for this setup and a restart of chronyd. */
export function unitFiles({ agentPath, configPath, stateDir }: SetupUnitOptions): Readonly<Record<string, string>> {
  return {
    [SETUP_UNIT]: `# By ptp-tester: enables the PHC and configures chrony as the plan says.
[Unit]
Description=ptp-tester PHC setup

[Service]
Type=oneshot
ExecStart=${agentPath} setup --config ${configPath}
StandardOutput=journal
StandardError=journal

[Install]
WantedBy=multi-user.target
`,
    [PATH]: `# By ptp-tester: the agent has stored a plan, or asks for chronyd to be restarted.
[Unit]
Description=ptp-tester plan and requests

[Path]
PathChanged=${stateDir}/plan.json
PathChanged=${stateDir}/${REPAIR_FILE}
Unit=${SETUP_UNIT}

[Install]
WantedBy=multi-user.target
`,
  };
}
