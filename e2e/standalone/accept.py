#!/usr/bin/env python3
"""Tries `moorgate serve` as a user would, with real software on both sides, and prints a line a check; the exit code is 1 where one
fails. Python 3, openssl and Node.js are needed; nginx, wrk and Chromium are used where they are installed.

usage: accept.py [--short] [--mib N] [--changes N] [--screenshot FILE] [CHECK...]     CHECK: part of a check's name
"""
import argparse, atexit, hashlib, json, os, re, shutil, socket, statistics, sys, threading, time
from kit import Child, Failed, Gate, Load, Memory, Site, HERE, HOST, HTTP, HTTPS, ROOT, fetch

PAGES = ['/', '/style.css', '/shop.js', '/logo.svg', '/nothing-here', '/sub', '/sub/']
CHECKS = []


class Skipped(Exception):
    pass


def check(function):
    CHECKS.append(function)
    return function


def need(truth, sentence):
    if not truth:
        raise Failed(sentence)


def website(site, mib):
    www = site.work / 'www'
    (www / 'sub').mkdir(parents=True)
    assets = ''.join(f'<img src="logo.svg?{i}" width="48" alt="">' for i in range(8))
    (www / 'index.html').write_text(
        '<!doctype html><title>Shop</title><link rel="icon" href="logo.svg"><link rel="stylesheet" href="style.css"><script src="shop.js" defer></script>'
        f'<h1>The shop is open</h1><p>{assets}</p><p id="basket">The basket is being fetched</p>')
    (www / 'sub' / 'index.html').write_text('<p>below</p>')
    (www / 'style.css').write_text('body { font: 16px sans-serif; margin: 2em; color: #223; background: #f4f7f4 }\n' * 20)
    (www / 'shop.js').write_text(
        'fetch("/plain/who").then(r => r.text()).then(name => {document.getElementById("basket").textContent = "Basket of " + name})')
    (www / 'logo.svg').write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4.5" cy="4.5" r="4" fill="#285"/></svg>')
    block, digest = os.urandom(1 << 20), hashlib.sha256()
    with open(www / 'large', 'wb') as out:
        for i in range(mib):
            part = i.to_bytes(8, 'big') + block[8:]
            out.write(part)
            digest.update(part)
    return www, digest.hexdigest()


@check
def loads_ask_for_the_shop(run):
    served = 0
    for _ in range(2 if run.short else 10):
        loads = [Load(run.gate, '/one/who', 1) for _ in range(8)]
        time.sleep(0.3)
        for more, failures in [load.end() for load in loads]:
            served += more
            need(not failures, f'{failures}')
    return f'{served} requests of clients that started at the same moment, each for {HOST}'


@check
def pages_are_those_of_nginx(run):
    import http.client
    names = ('content-type', 'content-length', 'content-encoding', 'etag', 'last-modified', 'accept-ranges', 'content-range')
    cases = [(p, h) for p in PAGES for h in ({}, {'Accept-Encoding': 'gzip'}, {'Range': 'bytes=5-20'})]
    etag = run.gate.get('/').getheader('etag')
    cases.append(('/', {'If-None-Match': etag or 'x'}))
    run.site.nginx_needed()
    for path, headers in cases:
        direct = fetch(http.client.HTTPConnection('127.0.0.1', run.site.pods['nginx']), path, headers)
        for secured in (False, True):
            proxied = run.gate.get(path, headers, secured)
            told = [(r.status, r.content, [r.getheader(n) for n in names]) for r in (direct, proxied)]
            need(told[0] == told[1], f'{path} {headers}: {told}')
    return f'{len(cases)} requests, each direct, over HTTP and over HTTPS: status, headers and content are the same'


def download(run, secured):
    connection, digest, count = run.gate.connect(secured, 600), hashlib.sha256(), 0
    connection.request('GET', '/large', headers={'Host': HOST})
    reply = connection.getresponse()
    while part := reply.read(1 << 18):
        digest.update(part)
        count += len(part)
    connection.close()
    return count, digest.hexdigest()


def upload(run, secured):
    connection = run.gate.connect(secured, 600)
    with open(run.www / 'large', 'rb') as body:
        reply = fetch(connection, '/one/upload', {'Content-Length': str(run.mib << 20)}, 'POST', body)
    connection.close()
    need(reply.status == 200, f'upload: {reply.status} {reply.content[:200]}')
    told = json.loads(reply.content)
    return told['bytes'], told['sha256']


def transfer(run, what, move):
    out = []
    for secured in (False, True):
        before, memory, start = run.gate.memory(), Memory(run.gate), time.monotonic()
        count, digest = move(run, secured)
        peak = memory.end()
        need(count == run.mib << 20 and digest == run.digest, f'{what}: {count} bytes, {digest} is not {run.digest}')
        need(peak - before < 48, f'{what}: memory grew from {before:.0f} to {peak:.0f} MiB')
        out.append(f'{"HTTPS" if secured else "HTTP"} {run.mib} MiB in {time.monotonic() - start:.1f} s, equal SHA-256, '
                   f'resident {before:.0f} → {peak:.0f} MiB')
    return '; '.join(out)


@check
def downloads_pass_with_flat_memory(run):
    run.site.nginx_needed()
    return transfer(run, 'download', download)


@check
def uploads_pass_with_flat_memory(run):
    return transfer(run, 'upload', upload)


@check
def events_arrive_at_once(run):
    delays = []
    for secured in (False, True):
        connection = run.gate.connect(secured)
        connection.request('GET', '/one/events', headers={'Host': HOST})
        reply, arrived = connection.getresponse(), []
        while line := reply.readline():
            if line.startswith(b'data: '):
                arrived.append((float(line[6:]) / 1000, time.time()))
        connection.close()
        need(len(arrived) == 10, f'{len(arrived)} events instead of 10')
        for (_, at), (next_sent, _) in zip(arrived, arrived[1:]):
            need(at < next_sent, f'an event came {at - next_sent:.3f} s after the next one had been sent')
        delays += [at - sent for sent, at in arrived]
    return f'20 events over HTTP and HTTPS, each before the next was sent; at most {max(delays) * 1000:.1f} ms on the way'


@check
def cookies_pass_as_they_are(run):
    for secured in (False, True):
        reply = run.gate.get('/one/cookies', {'Cookie': 'a=1; theme="x"'}, secured)
        cookies = reply.headers.get_all('set-cookie')
        need(cookies == ['basket=a%20b; Path=/; HttpOnly', 'theme="dark"; Max-Age=60; SameSite=Lax'], str(cookies))
        need(reply.content == b'a=1; theme="x"', str(reply.content))
    return 'two Set-Cookie fields back, one Cookie field forth'


@check
def a_long_poll_waits_and_a_websocket_talks(run):
    waiting = run.gate.connect()
    waiting.request('GET', '/one/poll', headers={'Host': HOST})
    with socket.create_connection((run.gate.address, HTTP), 30) as ws:
        ws.sendall(f'GET /one/chat HTTP/1.1\r\nHost: {HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'
                   'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'.encode())
        head = b''
        while not head.endswith(b'\r\n\r\n'):
            head += ws.recv(1)
        need(b' 101 ' in head and b's3pPLMBiTxaQ9kYGzzhZRbK+xOo=' in head, str(head))
        for word in (b'moored', b'again'):
            ws.sendall(bytes([0x81, 0x80 | len(word), 1, 2, 3, 4]) + bytes(c ^ (1 + i % 4) for i, c in enumerate(word)))
            answer = ws.recv(2 + len(word), socket.MSG_WAITALL)
            need(answer[2:] == word.upper(), str(answer))
    reply = b''
    while reply != b'news':
        fetch(run.gate.connect(), '/one/poll', method='POST')
        waiting.sock.settimeout(1)
        try:
            reply = waiting.getresponse().read()
        except TimeoutError:
            raise Failed('the long poll was not answered')
    return 'the poll was answered when somebody posted; two frames came back'


def sessions(gate, count=60):
    found = {}
    for _ in range(count):
        reply = gate.get('/app/who')
        found[reply.getheader('set-cookie').split(';')[0]] = reply.content.decode()
    need(set(found.values()) == {'red', 'green', 'blue'}, f'sessions on {set(found.values())} only')
    return found


def moved(gate, known):
    out = {}
    for cookie, name in known.items():
        reply = gate.get('/app/who', {'Cookie': cookie})
        need(reply.status == 200, f'{reply.status} for a session of {name}')
        if reply.content.decode() != name:
            out[cookie] = name
    return out


@check
def a_restart_of_two_processes_loses_no_session(run):
    gates = [run.gate, run.site.serve().ready()]
    known = sessions(gates[0])
    need(not moved(gates[1], known), 'the other process does not honour the cookies')
    codes = [gate.stop() for gate in gates]
    need(codes == [0, 0], f'exit codes {codes}')
    gates = [run.site.serve(gate.address) for gate in gates]
    run.gate = gates[0].ready()
    lost = sum(len(moved(gate.ready(), known)) for gate in gates)
    need(lost == 0, f'{lost} sessions moved')
    gates[1].stop()
    return f'{len(known)} sessions of one process, honoured by the other, and by both after SIGTERM (exit 0) and a new start'


@check
def a_killed_backend_loses_no_get_and_only_its_sessions(run):
    known = sessions(run.gate)
    loads = [Load(run.gate, '/plain/who', 48), Load(run.gate, '/app/who', 16)]
    time.sleep(1 if run.short else 3)
    run.apps['red'].process.kill()
    time.sleep(1 if run.short else 3)
    gone = moved(run.gate, known)
    run.gate.live(lambda: (run.site.endpoints('app', 'green', 'blue'), run.site.endpoints('plain', 'green', 'blue')))
    time.sleep(0.5)
    served, failures = [sum(x, start) for x, start in zip(zip(*[load.end() for load in loads]), (0, []))]
    run.apps['red'] = run.site.node('red')
    run.gate.live(lambda: (run.site.endpoints('app', *run.apps), run.site.endpoints('plain', *run.apps)))
    need(not failures, f'{failures}')
    need(set(gone.values()) == {'red'}, f'sessions of {set(gone.values())} moved')
    need(len(gone) == list(known.values()).count('red'), 'not every session of the killed one was served elsewhere')
    return f'{served} GETs on 64 connections, 0 failed; {len(gone)} of {len(known)} sessions moved, all of the killed one'


@check
def changes_are_live_and_cost_no_request(run):
    loads = [Load(run.gate, '/plain/who', 48), Load(run.gate, '/plain/who', 16, secured=True)]
    browser = run.browser()
    names = list(run.apps)
    times = []
    for i in range(run.changes):
        if i % 3 == 0:
            times.append(run.gate.live(lambda: run.site.endpoints('plain', *[n for n in names if n != names[i // 3 % 3]])))
        elif i % 3 == 1:
            times.append(run.gate.live(lambda: run.site.routes(
                {'/': 'static', '/app': 'app', '/plain': 'plain', '/one': 'one', f'/campaign-{i}': 'app'})))
        else:
            times.append(run.gate.live(lambda: run.site.secret((i // 3 + 1) % 2)))
    result = [load.end() for load in loads]
    served, failures = sum(s for s, _ in result), sum((f for _, f in result), [])
    run.site.endpoints('plain', *names)
    need(not failures, f'{served} served, but {failures}')
    seen = run.browser_report(browser)
    need(not seen or not seen['failures'], f'the browser: {seen}')
    need(statistics.median(times) < 1, f'live after {statistics.median(times):.2f} s')
    told = f'; Chromium loaded {seen["pages"]} pages ({seen["served"]} requests), 0 failed' if seen else f'; SKIPPED Chromium: {browser}'
    return (f'{run.changes} changes of endpoints, routes and certificates, live after {statistics.median(times) * 1000:.0f} ms '
            f'(median; longest {max(times) * 1000:.0f} ms); {served} requests on 64 connections, 0 failed{told}')


@check
def a_tls_scanner_finds_nothing_weak(run):
    """C1 to C5, C9 with sslyze: versions, suites, renegotiation, compression, early data, and the bugs that it knows."""
    try:
        import sslyze
    except ImportError:
        raise Skipped('sslyze is not installed: pip install sslyze')
    commands = set(sslyze.ScanCommand) - {sslyze.ScanCommand.CERTIFICATE_INFO, sslyze.ScanCommand.HTTP_HEADERS}
    scanner = sslyze.Scanner()
    scanner.queue_scans([sslyze.ServerScanRequest(
        server_location=sslyze.ServerNetworkLocation(hostname=HOST, port=HTTPS, ip_address=run.gate.address),
        network_configuration=sslyze.ServerNetworkConfiguration(tls_server_name_indication=HOST), scan_commands=commands)])
    found = next(iter(scanner.get_results()))
    need(found.connectivity_status == sslyze.ServerConnectivityStatusEnum.COMPLETED, f'no connection: {found.connectivity_error_trace}')
    result = {}
    for command in commands:
        attempt = getattr(found.scan_result, command.value)
        need(attempt.status == sslyze.ScanCommandAttemptStatusEnum.COMPLETED, f'{command.value}: {attempt.error_reason} {attempt.error_trace}')
        result[command.value] = attempt.result
    for old in ('ssl_2_0', 'ssl_3_0', 'tls_1_0', 'tls_1_1'):
        need(not result[f'{old}_cipher_suites'].accepted_cipher_suites, f'{old} is accepted')
    suites = [s.cipher_suite.name for v in ('tls_1_2', 'tls_1_3') for s in result[f'{v}_cipher_suites'].accepted_cipher_suites]
    weak = [s for s in suites if not s.startswith(('TLS_ECDHE_', 'TLS_AES_', 'TLS_CHACHA20_')) or '_CBC_' in s]
    need(suites and not weak, f'weak suites: {weak or "none at all"}')
    need(not result['tls_compression'].supports_compression, 'compression')
    need(not result['tls_1_3_early_data'].supports_early_data, 'early data')
    need(not result['openssl_ccs_injection'].is_vulnerable_to_ccs_injection, 'CCS injection')
    need(not result['heartbleed'].is_vulnerable_to_heartbleed, 'heartbleed')
    need('NOT_VULNERABLE' in result['robot'].robot_result.name, f'ROBOT: {result["robot"].robot_result.name}')
    need(not result['session_renegotiation'].is_vulnerable_to_client_renegotiation_dos, 'renegotiation by the client')
    need(result['tls_extended_master_secret'].supports_ems_extension, 'no extended master secret')
    curves = [c.name for c in result['elliptic_curves'].supported_curves or []]
    need('X25519' in curves, f'curves: {curves}')
    return f'TLS 1.2 and 1.3 only, {len(suites)} suites, curves {", ".join(sorted(curves))}; no finding'


class Run:
    def __init__(self, options):
        self.site, self.short = Site(), options.short
        self.mib, self.changes, self.screenshot = options.mib, options.changes, options.screenshot
        self.www, self.digest = website(self.site, self.mib)
        nginx = shutil.which('nginx') or shutil.which('/usr/sbin/nginx')

        def nginx_needed():
            if not nginx:
                raise Skipped('nginx is not installed')
        self.site.nginx_needed = nginx_needed
        self.apps = {name: self.site.node(name) for name in ('red', 'green', 'blue')}
        self.site.node('one')
        if nginx:
            self.site.nginx(self.www)
        self.site.base()
        self.site.service('static', *(['nginx'] if nginx else []))
        self.site.service('app', *self.apps)
        self.site.service('plain', *self.apps)
        self.site.service('one', 'one')
        self.gate = self.site.serve().ready()
        # what a first request loads is no growth under load
        for secured in (False, True):
            for path in ('/', '/one/who', '/one/cookies'):
                self.gate.get(path, secured=secured)

    def browser(self):
        chromium = shutil.which('chromium') or shutil.which('chromium-browser') or shutil.which('google-chrome')
        if self.short or not chromium or 'nginx' not in self.site.pods:
            return 'the short form has none' if self.short else 'chromium or nginx is not installed'
        child = Child('node', '--experimental-websocket', '--no-warnings', HERE / 'browser.mjs', chromium, self.site.work / 'profile',
                      f'https://{HOST}:{HTTPS}/', self.gate.address, self.screenshot or self.site.work / 'page.png')
        child.await_line('loaded', 120)
        return child

    @staticmethod
    def browser_report(child):
        if not isinstance(child, Child):
            return None
        code = child.stop(seconds=120)
        need(code == 0 and child.lines[-1].startswith('{'), f'exit code {code}: ' + '\n'.join(child.lines))
        return json.loads(child.lines[-1])


def account(gate):
    try:
        return gate.account()
    except Exception as e:
        return f'no account of moorgate: {type(e).__name__}: {e}\n' + '\n'.join(gate.lines[-12:])


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument('--short', action='store_true')
    parser.add_argument('--mib', type=int)
    parser.add_argument('--changes', type=int)
    parser.add_argument('--screenshot')
    parser.add_argument('checks', nargs='*')
    options = parser.parse_args()
    options.mib = options.mib or (32 if options.short else 1024)
    options.changes = options.changes or (30 if options.short else 1000)
    chosen = [c for c in CHECKS if not options.checks or any(part in c.__name__ for part in options.checks)]
    atexit.register(Child.kill_all)
    run, failed, skipped = Run(options), 0, 0
    try:
        for each in chosen:
            try:
                verdict, told = 'ok', each(run)
            except Skipped as e:
                verdict, told, skipped = 'SKIPPED', str(e), skipped + 1
            except Exception as e:
                verdict, told, failed = 'FAILED', f'{type(e).__name__}: {e}\n{account(run.gate)}', failed + 1
            print(f'{verdict:8}{each.__name__.replace("_", " ")}: {told}', flush=True)
        told = [line for line in run.gate.lines if line.startswith(('error', 'warning', 'Exception'))]
        print(f'{len(chosen) - failed - skipped} of {len(chosen)} checks passed, {skipped} skipped' + (f'; moorgate said: {told}' if told and failed else ''))
    finally:
        run.site.close()
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
