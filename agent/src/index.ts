/** What tests and benchmarks of the whole may use of the agent. The product runs it as a program. */
export { type AgentBundle, bundleAgent } from '../bundle.ts';
export { Batcher, type BatchRules } from './batch.ts';
export { Recorder } from './recorder.ts';
export { NodeDisk } from './spool/node-disk.ts';
export type { SpoolChunk } from './spool/segment-reader.ts';
export { Spool, type SpoolDependencies, type SpoolOptions } from './spool/spool.ts';
export type { SpoolDisk } from './spool/spool-disk.ts';
export type { Connect, Transport, TransportEvents } from './uplink/transport.ts';
export { Uplink } from './uplink/uplink.ts';
export type { UplinkDependencies, UplinkListener, UplinkOptions } from './uplink/uplink-dependencies.ts';
