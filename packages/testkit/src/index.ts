/** Helpers for tests and benchmarks only: controlled time, fixtures, simulated agents, the controller's side of the protocol. */
export { plainCodec, zstdCodec } from './codec-environment.ts';
export { type ArrivedRecord, ControllerDouble, type ControllerDoubleOptions } from './controller-double.ts';
export { FakeClock, type FakeClockOptions } from './fake-clock.ts';
export { type BatchFixtureOptions, makeBatch } from './make-batch.ts';
export { MemoryDisk, type MemoryDiskSession } from './memory-disk.ts';
export { type MetadataDouble, startMetadataDouble } from './metadata-double.ts';
export { epochBytes, RecordTemplate } from './record-template.ts';
export { randomHexDigits, seededRandom } from './seeded-random.ts';
export type { FleetFigures } from './simulated-agent.ts';
export { SimulatedAgentFleet, type SimulatedFleetOptions, type SimulatedLaunch } from './simulated-agent-fleet.ts';
