#!/usr/bin/env python3
"""Runs `moorgate serve` under mixed traffic while endpoints, routes and certificates change every second, with Netty's leak detector at
its strictest, and prints what was served, what failed and how memory went; the exit code is 1 where a request failed, a buffer leaked
or memory grew. Needs Python 3, openssl, Node.js, nginx, wrk, h2load, and Go to build bench/http3 unless HTTP3_CLIENT names it.

usage: soak.py [--minutes N]
"""
import argparse, atexit, hashlib, http.client, os, re, shutil, socket, statistics, subprocess, sys, tempfile, threading, time
from pathlib import Path
from kit import Child, Failed, Load, Site, HOST, HTTP, HTTPS, ROOT, fetch, meta

CHUNK = 4 << 20


class Traffic(threading.Thread):
    """One kind of client, again and again; what one round returns is counted."""

    def __init__(self, name, round):
        super().__init__(daemon=True)
        self.name, self.round, self.over = name, round, threading.Event()
        self.served, self.failures = 0, []
        self.start()

    def run(self):
        while not self.over.is_set():
            try:
                self.served += self.round()
            except (Failed, OSError, http.client.HTTPException) as e:
                self.failures.append(f'{time.strftime("%H:%M:%S")} {e!r}')
                time.sleep(0.2)

    def end(self):
        self.over.set()
        self.join(120)
        if self.is_alive():
            self.failures.append('a round did not end within two minutes')
        return self.served, self.failures


def need(truth, sentence):
    if not truth:
        raise Failed(sentence)


def told(pattern, *command):
    """What a load tool says when it has ended by itself, and where the pattern is in it."""
    child = Child(*command)
    child.stop(0, 60)
    text = '\n'.join(child.lines)
    found = re.search(pattern, text)
    need(found, f'{command[0]}: {text[-300:]}')
    return text, found


def multiplexed(gate, secured, path, extra=()):
    """Twenty seconds of HTTP/2: 4 connections with 16 streams each."""
    def round():
        url = f'{"https" if secured else "http"}://{HOST}{path}'
        text, found = told(r'requests: \d+ total, \d+ started, (\d+) done, (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout',
                           'h2load', '-t1', '-c4', '-m16', '-D20', f'--connect-to={gate.address}:{HTTPS if secured else HTTP}', *extra, url)
        done, good, *bad = map(int, found.groups())
        codes = re.search(r'status codes: (.*)', text)[1]
        need(done == good and not any(bad), f'{found[0]}; {codes}')
        return good
    return round


def over_quic(gate, client, path):
    """Twenty seconds of HTTP/3: 2 connections with 8 streams each."""
    def round():
        text, found = told(r'http3: (\d+) served, (\d+) failed', client, f'{gate.address}:{HTTPS}', HOST, path, '20')
        need(found[2] == '0', text)
        return int(found[1])
    return round


def download(gate, digest):
    def round():
        connection = gate.connect(True)
        try:
            reply = fetch(connection, '/large')
        finally:
            connection.close()
        need(reply.status == 200 and hashlib.sha256(reply.content).hexdigest() == digest, f'{reply.status}, {len(reply.content)} bytes')
        return 1
    return round


def upload(gate, body, digest):
    def round():
        connection = gate.connect(False)
        try:
            reply = fetch(connection, '/one/upload', {'Content-Length': str(len(body))}, 'POST', body)
        finally:
            connection.close()
        need(reply.status == 200 and digest.encode() in reply.content, f'{reply.status} {reply.content[:100]}')
        return 1
    return round


def events(gate):
    def round():
        connection = gate.connect(True)
        try:
            reply = fetch(connection, '/one/events')
        finally:
            connection.close()
        count = reply.content.count(b'data: ')
        need(count == 10, f'{reply.status}, {count} events instead of 10')
        return 1
    return round


def websocket(gate):
    """Five seconds of frames: longer than several changes of the table."""
    def round():
        with socket.create_connection((gate.address, HTTP), 30) as ws:
            ws.sendall(f'GET /one/chat HTTP/1.1\r\nHost: {HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'
                       'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'.encode())
            head = b''
            while not head.endswith(b'\r\n\r\n'):
                octet = ws.recv(1)
                need(octet, f'the upgrade ended: {head[:100]}')
                head += octet
            need(b' 101 ' in head, head[:100].decode())
            for i in range(50):
                word = f'frame{i:02}'.encode()
                ws.sendall(bytes([0x81, 0x80 | len(word), 1, 2, 3, 4]) + bytes(c ^ (1 + j % 4) for j, c in enumerate(word)))
                answer = ws.recv(2 + len(word), socket.MSG_WAITALL)
                need(answer[2:] == word.upper(), f'{answer} for {word}')
                time.sleep(0.1)
        return 50
    return round


def handshakes(gate):
    """A new connection each, verified: the certificate of the moment is a whole one."""
    def round():
        reply = gate.get('/plain/who', secured=True)
        need(reply.status == 200, str(reply.status))
        return 1
    return round


def abandoned(gate):
    """Clients that go in the middle of an answer: nobody counts them, nothing of them may stay."""
    def round():
        with socket.create_connection((gate.address, HTTP), 30) as client:
            client.sendall(f'GET /large HTTP/1.1\r\nHost: {HOST}\r\n\r\n'.encode())
            need(client.recv(4096).startswith(b'HTTP/1.1 200'), 'no answer')
        time.sleep(0.05)
        return 1
    return round


def change(site, gate, i, names):
    kind = i % 4
    if kind == 0:
        out = names[i // 4 % len(names)]
        return gate.live(lambda: site.endpoints('plain', *[n for n in names if n != out]))
    if kind == 1:
        paths = {'/': 'static', '/app': 'app', '/plain': 'plain', '/one': 'one', '/calls': 'calls', f'/campaign-{i}': 'app'}
        return gate.live(lambda: site.routes(paths))
    if kind == 2:
        return gate.live(lambda: site.secret((i // 4 + 1) % 2))
    return gate.live(lambda: site.endpoints('calls', *(['calls1', 'calls2'] if i // 4 % 2 else ['calls1'])))


def http3_client(work):
    client = os.environ.get('HTTP3_CLIENT')
    if not client:
        client = work / 'http3'
        subprocess.run(['go', 'build', '-o', client, '.'], cwd=ROOT / 'bench/http3', check=True)
    return client


def prepare(site):
    www = site.work / 'www'
    www.mkdir()
    body = os.urandom(CHUNK)
    (www / 'large').write_bytes(body)
    (www / 'index.html').write_text('<p>open</p>')
    for name in ('red', 'green', 'blue', 'one'):
        site.node(name)
    for name in ('calls1', 'calls2'):
        site.node(name, 'calls.mjs')
    site.nginx(www)
    site.base()
    site.write('dataplane', {'apiVersion': 'moorgate.dev/v1alpha1', 'kind': 'DataPlane', 'metadata': {'name': 'moorgate', 'namespace': 'default'},
                             'spec': {'http3': {'enabled': True}}})
    for name, pods in {'static': ['nginx'], 'app': ['red', 'green', 'blue'], 'plain': ['red', 'green', 'blue'], 'one': ['one']}.items():
        site.service(name, *pods)
    site.write('service-calls', {'apiVersion': 'v1', 'kind': 'Service', 'metadata': meta('calls'),
                                 'spec': {'ports': [{'name': 'http', 'port': 80, 'appProtocol': 'kubernetes.io/h2c'}]}})
    site.endpoints('calls', 'calls1', 'calls2')
    site.routes({'/': 'static', '/app': 'app', '/plain': 'plain', '/one': 'one', '/calls': 'calls'})
    return body


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument('--minutes', type=float, default=30)
    options = parser.parse_args()
    tools = ['node', 'wrk', 'h2load', 'openssl'] + ([] if os.environ.get('HTTP3_CLIENT') else ['go'])
    missing = [tool for tool in tools if not shutil.which(tool)]
    if missing:
        raise SystemExit(f'not installed: {", ".join(missing)}')
    atexit.register(Child.kill_all)
    os.environ['MOORGATE_JAVA_OPTS'] = os.environ.get('MOORGATE_JAVA_OPTS', '') + ' -Dio.netty.leakDetection.level=paranoid'
    site = Site()
    try:
        return soak(site, options.minutes * 60)
    finally:
        site.close()


def soak(site, seconds):
    body, client = prepare(site), http3_client(site.work)
    digest = hashlib.sha256(body).hexdigest()
    gate = site.serve().ready()
    message = Path(tempfile.mkstemp('.grpc', 'call-', site.work)[1])
    message.write_bytes(b'\0\0\0\0\x05hello')
    grpc = ('-d', message, '-H', 'content-type: application/grpc', '-H', 'te: trailers')
    loads = {'HTTP/1.1': Load(gate, '/plain/who', 16), 'HTTP/1.1 over TLS, sticky': Load(gate, '/app/who', 16, secured=True)}
    traffic = [
        Traffic('HTTP/2 over TLS', multiplexed(gate, True, '/plain/who')),
        Traffic('HTTP/2 in clear', multiplexed(gate, False, '/app/who')),
        Traffic('gRPC over TLS', multiplexed(gate, True, '/calls/Echo/Say', grpc)),
        Traffic('gRPC in clear', multiplexed(gate, False, '/calls/Echo/Say', grpc)),
        Traffic('HTTP/3', over_quic(gate, client, '/plain/who')),
        Traffic('downloads', download(gate, digest)), Traffic('uploads', upload(gate, body, digest)),
        Traffic('event streams', events(gate)), Traffic('websocket frames', websocket(gate)),
        Traffic('handshakes', handshakes(gate)), Traffic('abandoned downloads', abandoned(gate))]
    memory, times, began, i = [], [], time.monotonic(), 0
    while time.monotonic() - began < seconds:
        due = time.monotonic() + 1
        times.append(change(site, gate, i, ['red', 'green', 'blue']))
        i += 1
        memory.append(gate.memory())
        time.sleep(max(0, due - time.monotonic()))
    results = {name: load.end() for name, load in loads.items()} | {each.name: each.end() for each in traffic}
    code = gate.stop()
    leaks = [line for line in gate.lines if 'LEAK' in line]
    quarter = len(memory) // 4
    early, late = statistics.median(memory[quarter:2 * quarter]), statistics.median(memory[-quarter:])
    bad = [f'{name}: {failure}' for name, (_, failures) in results.items() for failure in failures]
    for name, (served, failures) in results.items():
        print(f'{name}: {served} served, {len(failures)} failed')
    print(f'{i} changes, live after {statistics.median(times) * 1000:.0f} ms (median; longest {max(times) * 1000:.0f} ms)')
    print(f'resident {early:.0f} MiB in the second quarter, {late:.0f} MiB in the last, at most {max(memory):.0f}')
    print(f'{len(leaks)} leaks; exit code {code}')
    grown = late - early > 16
    for line in bad[:40] + leaks[:20] + ([f'memory grew by {late - early:.0f} MiB'] if grown else []):
        print(f'FAILED  {line}')
    return 1 if bad or leaks or grown or code else 0


if __name__ == '__main__':
    sys.exit(main())
