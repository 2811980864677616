/** The load of the ingest benchmarks: simulated agents in a process of their own. */
import { SimulatedAgentFleet, type SimulatedFleetOptions } from '@ptp-tester/testkit';
import { instanceIdOf, RUN_ID, TOKEN } from '../integration/ingest-support.ts';
import { answerRequests } from './measured-process.ts';

export interface ConnectRequest extends Omit<SimulatedFleetOptions, 'launches'> {
  readonly do: 'connect';
  readonly agents: number;
}

interface OtherRequest {
  readonly do: 'start' | 'figures' | 'pause' | 'close';
}

let fleet: SimulatedAgentFleet | null = null;

answerRequests(async (request: ConnectRequest | OtherRequest) => {
  if (request.do === 'connect') {
    const { do: _, agents, ...options } = request;
    const launches = Array.from({ length: agents }, (_unused, index) => ({
      run: RUN_ID,
      index: index + 1,
      attempt: 1,
      token: TOKEN,
      instanceId: instanceIdOf(index + 1),
    }));
    fleet = new SimulatedAgentFleet({ ...options, launches });
    await fleet.connect();
    return {};
  }
  if (request.do === 'start') fleet?.start();
  if (request.do === 'pause') fleet?.pause();
  if (request.do === 'close') fleet?.close();
  return { figures: fleet?.figures, ackedSamples: fleet?.ackedSamples ?? 0 };
});
