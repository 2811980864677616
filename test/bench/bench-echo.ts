/** The baseline of the connection benchmark: a WebSocket server that keeps the connections, reads the frames and stores nothing. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodeMessage, parseAgentMessage } from '@ptp-tester/wire';
import { WebSocketServer } from 'ws';
import { answerRequests } from './measured-process.ts';

const http = createServer();
const server = new WebSocketServer({ server: http, perMessageDeflate: false });

server.on('connection', (socket) => {
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) return;
    const message = parseAgentMessage(data.toString());
    if (message.type !== 'enrol' && message.type !== 'hello') return;
    const instanceId = message.type === 'enrol' ? message.facts.instance_id : message.instance_id;
    socket.send(
      encodeMessage({ type: 'enrolled', protocol: 1, run: message.run, instance_id: instanceId, stored: [] }),
    );
  });
});

answerRequests(async (request: { readonly do: 'start' | 'stop' }) => {
  if (request.do === 'stop') return {};
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return { port: (http.address() as AddressInfo).port };
});
