// A gRPC service as its bytes are, over HTTP/2 in clear: node calls.mjs NAME PORT. Sends every message back, then status 0.
import { createServer } from 'node:http2';

const [, port] = process.argv.slice(2);
const server = createServer({ settings: { maxConcurrentStreams: 1000 } });
server.on('stream', stream => {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.on('error', () => {});
  stream.pipe(stream);
});
server.on('sessionError', () => {});
server.listen(Number(port), '127.0.0.1', 4096, () => console.log('listening'));
