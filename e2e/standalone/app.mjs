// A small application on Node's own http module: node app.mjs NAME PORT. Paths count by their last part, whatever stands before it.
import { createServer } from 'node:http';
import { createHash } from 'node:crypto';

const [name, port] = process.argv.slice(2);
const waiting = [];

const pages = {
  who(request, response) {
    response.end(name);
  },
  // counts and digests what comes, and keeps none of it
  upload(request, response) {
    const digest = createHash('sha256');
    let bytes = 0;
    request.on('data', part => {
      bytes += part.length;
      digest.update(part);
    });
    request.on('end', () => response.end(JSON.stringify({ bytes, sha256: digest.digest('hex') })));
  },
  // ten events, each with the time when it was sent, in milliseconds
  events(request, response) {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
    let sent = 0;
    const timer = setInterval(() => {
      response.write(`id: ${sent}\ndata: ${performance.timeOrigin + performance.now()}\n\n`);
      if (++sent === 10) {
        clearInterval(timer);
        response.end();
      }
    }, 250);
  },
  cookies(request, response) {
    response.setHeader('Set-Cookie', ['basket=a%20b; Path=/; HttpOnly', 'theme="dark"; Max-Age=60; SameSite=Lax']);
    response.end(request.headers.cookie ?? '');
  },
  // answers when somebody posts
  poll(request, response) {
    if (request.method === 'POST') {
      waiting.splice(0).forEach(each => each.end('news'));
      response.end(String(waiting.length));
    } else {
      waiting.push(response);
    }
  },
};

const server = createServer((request, response) => {
  const page = pages[new URL(request.url, 'http://localhost').pathname.split('/').pop()];
  if (page) {
    page(request, response);
  } else {
    response.writeHead(404).end();
  }
});

// A WebSocket that sends short text frames back, in capitals (RFC 6455).
server.on('upgrade', (request, socket) => {
  const accept = createHash('sha1')
    .update(request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11')
    .digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
  socket.on('data', frame => {
    const length = frame[1] & 127;
    const text = Buffer.from(frame.subarray(6, 6 + length).map((octet, i) => octet ^ frame[2 + (i & 3)]));
    socket.write(Buffer.concat([Buffer.from([0x81, length]), Buffer.from(text.toString().toUpperCase())]));
  });
  socket.on('end', () => socket.end());
  socket.on('error', () => socket.destroy());
});

server.requestTimeout = 0;
server.keepAliveTimeout = 60_000;
server.listen(Number(port), '127.0.0.1', 4096, () => console.log('listening'));
