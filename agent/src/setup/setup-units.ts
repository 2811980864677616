/** The units that run the plan's setup with root's rights when the unprivileged agent has stored a plan or a request. */
import { join } from 'node:path';
import { AGENT_RUNTIME_FOLDER, SETUP_REQUEST } from '../setup-request.ts';
import { CLOCK_CHANGED, SETUP_UNIT } from './setup-texts.ts';

export interface SetupUnitOptions {
  readonly agentPath: string;
  readonly configPath: string;
}

const PATH = 'ptp-tester-phc-setup.path';
const REQUESTED = join(AGENT_RUNTIME_FOLDER, SETUP_REQUEST);

export const UNITS_TO_START = [SETUP_UNIT, PATH];

/**
 * By file name. The plan is a closed schema, and so is the request: what the agent stores can ask for this setup and a restart of chronyd.
 * systemd does not start a unit that runs, and watches no path of it meanwhile; whether a path *exists* it looks again when the unit ends
 * (systemd.path(5)). So what asks for a setup is a file, in memory, because on a disk that became read-only it could not be taken back, and
 * it is taken back before anything else, so that a setup that cannot even start is not started again and again.
 */
export function unitFiles({ agentPath, configPath }: SetupUnitOptions): Readonly<Record<string, string>> {
  return {
    [SETUP_UNIT]: `# By ptp-tester: enables the PHC and configures chrony as the plan says.
[Unit]
Description=ptp-tester PHC setup
# At its limit of starts the path unit would fail, for good.
StartLimitIntervalSec=0

[Service]
Type=oneshot
ExecStartPre=/bin/rm -f ${REQUESTED} ${CLOCK_CHANGED}
ExecStart=${agentPath} setup --config ${configPath}
StandardOutput=journal
StandardError=journal

[Install]
WantedBy=multi-user.target
`,
    [PATH]: `# By ptp-tester: the agent has stored a plan or asks for chronyd to be restarted, or a PTP clock came or went.
[Unit]
Description=ptp-tester requests for the setup

[Path]
PathExists=${REQUESTED}
PathExists=${CLOCK_CHANGED}
Unit=${SETUP_UNIT}

[Install]
WantedBy=multi-user.target
`,
  };
}
