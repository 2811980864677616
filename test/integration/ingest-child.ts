/** A controller's ingest in a process of its own, to be killed or starved by a test: `node ingest-child.ts DIRECTORY PORT`. */
import { IngestSite } from './ingest-support.ts';

const [directory = '', port = '0'] = process.argv.slice(2);
const site = new IngestSite({ directory, lingerMs: 1 });
site.port = Number(port);
await site.start();
process.send?.({ port: site.port });
