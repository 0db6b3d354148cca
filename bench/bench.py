#!/usr/bin/env python3
"""Measures Moorgate beside nginx, HAProxy and Envoy in one run, and prints the tables of docs/performance.md.

usage: bench.py [-r ROUNDS] [-s SECONDS] [-w WORKLOADS] [-o FILE] [NAME...]    measure (NAME@N: N routes instead of 1,000)
       bench.py --start [NAME...]      time from the process's start to its first served request
       bench.py --change [NAME...]     CPU and time that one changed route of moorgate@N costs
       bench.py --report FILE          tables of an earlier run

The chief figure is requests per CPU-second of the proxy: user and system time of its process and children over the run.
Peers are interleaved within each round and every figure is the median of the rounds: compare only within one run.
"""
import argparse, http.client, json, os, re, ssl, statistics, subprocess, time
import peers

TICK = os.sysconf('SC_CLK_TCK')
CALL = ['-d', f'{peers.CFG}/call', '-H', 'te: trailers', '-H', 'content-type: application/grpc']
UNIT = {'us': 1e-3, 'ms': 1.0, 's': 1e3, 'm': 6e4}
WORK = {  # name: (what, tool, port, last part of the path, further arguments)
    'a': ('HTTP/1.1 clear, keep-alive, 64 connections, small responses', 'wrk', 0, 'item', []),
    'b': ('HTTP/1.1 over TLS 1.3, keep-alive, 64 connections, small responses', 'wrk', 1, 'item', []),
    'c': ('HTTP/2 over TLS 1.3, 16 connections of 32 streams, small responses', 'h2load', 1, 'item', ['-c16', '-m32']),
    'ch': ('HTTP/2 clear, 16 connections of 32 streams, small responses', 'h2load', 0, 'item', ['-c16', '-m32']),
    'd': ('gRPC clear, 16 connections of 32 streams', 'h2load', 2, 'Echo/Say', ['-c16', '-m32'] + CALL),
    'dt': ('gRPC over TLS 1.3, 16 connections of 32 streams', 'h2load', 3, 'Echo/Say', ['-c16', '-m32'] + CALL),
    'd1': ('gRPC clear, 64 connections of one stream', 'h2load', 2, 'Echo/Say', ['-c64', '-m1'] + CALL),
    'e': ('100 KiB bodies, HTTP/1.1 clear', 'wrk', 0, '100k', []),
    'et': ('100 KiB bodies, HTTP/1.1 over TLS 1.3', 'wrk', 1, '100k', []),
    'f': ('TLS 1.3, a full handshake for each request (ECDSA P-256)', 'handshakes', 1, '', []),
    'fs': ('TLS 1.3, a resumed handshake for each request', 'handshakes', 1, '', ['-resume']),
    'l': ('clear, at a fixed 5,000 requests/s', 'steady', 0, '', []),
    'lb': ('TLS, at a fixed 5,000 requests/s', 'steady', 1, '', ['-tls']),
}


def family(pid):
    out = [pid]
    for task in os.listdir(f'/proc/{pid}/task'):
        for child in open(f'/proc/{pid}/task/{task}/children').read().split():
            out += family(int(child))
    return out


def cpu_and_rss(pid):
    user = system = rss = 0
    for p in family(pid):
        fields = open(f'/proc/{p}/stat').read().rpartition(')')[2].split()
        user, system = user + int(fields[11]) + int(fields[13]), system + int(fields[12]) + int(fields[14])
        rss += int(fields[21]) * os.sysconf('SC_PAGE_SIZE')
    return user / TICK, system / TICK, rss


def routes_of(name):
    return int(name.partition('@')[2] or 1000)


def cookies(name, count=64):
    """Sticky sessions as clients hold them: a cookie of the proxy's own making each."""
    if name.startswith(('nginx', 'relay')):
        return [f'bench=client{i}' for i in range(count)]
    out = []
    for _ in range(count):
        c = http.client.HTTPConnection('127.0.0.1', peers.port(name))
        c.request('GET', '/p0/item', headers={'Host': 'h0.example'})
        reply = c.getresponse()
        reply.read()
        if reply.status != 200 or not reply.getheader('Set-Cookie'):
            raise SystemExit(f'{name}: status {reply.status}, no sticky cookie')
        out.append(reply.getheader('Set-Cookie').split(';')[0])
        c.close()
    return out


def requests_lua(name, last, jar):
    n = routes_of(name)
    rows = [f'{{"{h}","{p}/{last}"}}' for h, ps in peers.hosts(n) for p in ps]
    return peers.write(f'{name}-{last}.lua', f'local r, c, q, i = {{{", ".join(rows)}}}, {json.dumps(jar).replace("[", "{").replace("]", "}")}, {{}}, 0\n' + '''
function init()
  math.randomseed(7)
  for k = #r, 2, -1 do local j = math.random(k) r[k], r[j] = r[j], r[k] end
  for k, v in ipairs(r) do q[k] = wrk.format("GET", v[2], {Host = v[1], Cookie = c[k % #c + 1], ["User-Agent"] = "bench/1", Accept = "*/*"}) end
  r = nil
end
function request() i = i % #q + 1 return q[i] end
''')


def load(args):
    return subprocess.run(['taskset', '-c', peers.LOAD_CPU] + args, capture_output=True, text=True).stdout


def wrk(name, offset, last, extra, jar, seconds):
    url = f'{"https" if offset == 1 else "http"}://127.0.0.1:{peers.port(name, offset)}/'
    out = load(['wrk', '-t1', '-c64', f'-d{seconds}s', '--latency', '-s', requests_lua(name, last, jar), url])
    n = int(re.search(r'(\d+) requests in', out)[1])
    at = lambda p: (lambda m: float(m[1]) * UNIT[m[2]])(re.search(rf' {p}%\s+([\d.]+)(us|ms|s|m)', out))
    bad = sum(int(x) for x in re.findall(r'Non-2xx or 3xx responses: (\d+)', out))
    sock = re.search(r'connect (\d+), read (\d+), write (\d+), timeout (\d+)', out)
    return n, float(re.search(r'Requests/sec:\s+([\d.]+)', out)[1]), at(50), at(99), bad + (
        sum(int(sock[i]) for i in range(1, 5)) if sock else 0)


def h2load(name, offset, last, extra, jar, seconds):
    url = f'{"https" if offset in (1, 3) else "http"}://h0.example/p0/{last}'
    log = f'{peers.OUT}/h2load.log'
    if os.path.exists(log):
        os.remove(log)
    out = load(['h2load', '-t1', f'-D{seconds}', f'--log-file={log}',
                f'--connect-to=127.0.0.1:{peers.port(name, offset)}'] + ([] if offset > 1 else ['-H', f'Cookie: {jar[0]}']) + extra + [url])
    lines = [line.split('\t') for line in open(log)]
    ok = sum(line[1].startswith('2') for line in lines)
    took = sorted(int(line[2]) / 1e3 for line in lines)
    at = lambda p: took[min(len(took) - 1, int(len(took) * p / 100))] if took else 0
    return ok, float(re.search(r'([\d.]+) req/s', out)[1]), at(50), at(99), len(lines) - ok


def handshakes(name, offset, last, extra, jar, seconds):
    out = load([f'{peers.BIN}/handshakes', '-d', str(seconds)] + extra + [f'127.0.0.1:{peers.port(name, offset)}'])
    n, bad, again, rate, p50, p99 = map(float, re.search(
        r'(\d+) ok (\d+) failed (\d+) resumed (\d+) per second p50 ([\d.]+) p99 ([\d.]+)', out).groups())
    if ('-resume' in extra) != (again > n / 2):
        raise SystemExit(f'{name}: {again:.0f} of {n:.0f} handshakes were resumed')
    return int(n), rate, p50, p99, int(bad)


def steady(name, offset, last, extra, jar, seconds):
    out = load([f'{peers.BIN}/steady', '-d', str(seconds), '-cookie', jar[0]] + extra + [f'127.0.0.1:{peers.port(name, offset)}'])
    n, bad, rate, p50, p99 = map(float, re.search(r'(\d+) ok (\d+) failed ([\d.]+) per second p50 ([\d.]+) p99 ([\d.]+)', out).groups())
    return int(n), rate, p50, p99, int(bad)


def run(name, work, seconds, jar):
    _, tool, offset, last, extra = WORK[work]
    pid = peers.pid_of(name)
    u0, s0, _ = cpu_and_rss(pid)
    tools = {'wrk': wrk, 'h2load': h2load, 'handshakes': handshakes, 'steady': steady}
    n, rps, p50, p99, bad = tools[tool](name, offset, last, extra, jar, seconds)
    u1, s1, rss = cpu_and_rss(pid)
    cpu = u1 - u0 + s1 - s0
    return dict(n=n, rps=round(rps), p50=round(p50, 2), p99=round(p99, 2), bad=bad, cpu=round(cpu, 2),
                per_cpu=round(n / cpu) if cpu else 0, us=round(1e6 * cpu / n, 2) if n else 0,
                sys=round((s1 - s0) / cpu, 2) if cpu else 0, rss_mb=round(rss / 2**20, 1))


def measure(a):
    works = a.work.split(',')
    peers.start('backend')
    peers.start('calls')
    jars = {}
    for name in a.names:
        peers.start(name)
        jars[name] = cookies(name)
        if name.startswith(('moorgate', 'policies', 'dataplane')):
            # in turns: code that was made for one kind of traffic alone is made anew when the next kind comes
            for _ in range(3):
                for w in works:
                    run(name, w, max(1, a.warm // 3), jars[name])
    with open(a.out, 'a') as out:
        for rnd in range(a.rounds):
            for w in works:
                for name in a.names:
                    if name == 'relay' and w not in ('a', 'e', 'l'):
                        continue
                    r = dict(peer=name, work=w, round=rnd, load=os.getloadavg()[0], **run(name, w, a.seconds, jars[name]))
                    print(json.dumps(r), file=out, flush=True)
                    print(f"{rnd} {w:3} {name:15} {r['per_cpu']:7} req/cpu-s {r['us']:7} us/req sys {r['sys']:4} rps {r['rps']:6} "
                          f"p50 {r['p50']:7} p99 {r['p99']:7} rss {r['rss_mb']:6} bad {r['bad']} load {r['load']:.1f}", flush=True)


def report(path):
    rows = [json.loads(line) for line in open(path)]
    works, names = list(dict.fromkeys(r['work'] for r in rows)), list(dict.fromkeys(r['peer'] for r in rows))
    for w in works:
        print(f'\n{w}: {WORK[w][0]}\n\n| | requests per CPU-second | spread | µs CPU | system | requests/s | p50 ms | p99 ms | RSS MiB | failed |\n'
              '|---|---|---|---|---|---|---|---|---|---|')
        table, best = [], {}
        for name in names:
            rs = [r for r in rows if r['work'] == w and r['peer'] == name]
            if rs:
                m = lambda k: statistics.median(r[k] for r in rs)
                best[name] = m('per_cpu')
                table.append((-m('per_cpu'), f"| {name} | {m('per_cpu'):.0f} | {min(r['per_cpu'] for r in rs)}-{max(r['per_cpu'] for r in rs)} "
                              f"| {m('us'):.1f} | {m('sys'):.2f} | {m('rps'):.0f} | {m('p50'):.2f} | {m('p99'):.2f} | {m('rss_mb'):.0f} | {sum(r['bad'] for r in rs)} |"))
        print('\n'.join(t for _, t in sorted(table)))
        mine = [v for k, v in best.items() if k == 'moorgate']
        others = [(v, k) for k, v in best.items() if k in ('nginx', 'haproxy', 'envoy')]
        if mine and others:
            print(f'\nMoorgate to the best peer ({max(others)[1]}): {mine[0] / max(others)[0]:.2f}')


def first(names, rounds):
    peers.start('backend')
    for name in names:
        took = []
        for _ in range(rounds):
            peers.stop(name)
            began = time.time()
            peers.start(name)
            while True:
                try:
                    c = http.client.HTTPConnection('127.0.0.1', peers.port(name), timeout=5)
                    c.request('GET', '/p0/item', headers={'Host': 'h0.example'})
                    if c.getresponse().status == 200:
                        break
                except OSError:
                    pass
                time.sleep(0.002)
            took.append(time.time() - began)
        _, _, rss = cpu_and_rss(peers.pid_of(name))
        print(f'{name}: first 200 after {statistics.median(took):.2f} s (median of {rounds}: {", ".join(f"{t:.2f}" for t in took)}), '
              f'RSS {rss / 2**20:.0f} MiB')
        peers.stop(name)


def idle(names, count):
    """Resident memory that a kept TLS connection, asked once, adds."""
    peers.start('backend')
    for name in names:
        peers.start(name)
        warm = ['taskset', '-c', peers.LOAD_CPU, f'{peers.BIN}/handshakes', '-d', '5', f'127.0.0.1:{peers.port(name, 1)}']
        subprocess.run(warm, check=True, stdout=subprocess.DEVNULL)
        _, _, before = cpu_and_rss(peers.pid_of(name))
        kept = subprocess.Popen(['taskset', '-c', peers.LOAD_CPU, f'{peers.BIN}/handshakes', '-idle', str(count),
                                 f'127.0.0.1:{peers.port(name, 1)}'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        told = kept.stdout.readline()
        time.sleep(2)
        _, _, after = cpu_and_rss(peers.pid_of(name))
        kept.stdin.close()
        kept.wait()
        if told.split() != [str(count), 'open']:
            raise SystemExit(f'{name}: {told or "cannot keep so many"}')
        print(f'{name}: {(after - before) / count / 1024:.1f} KiB for each of {count} idle TLS connections '
              f'({before / 2**20:.0f} to {after / 2**20:.0f} MiB)', flush=True)
        peers.stop(name)


def change(names, count):
    peers.start('backend')
    for name in names:
        peers.start(name)
        host = peers.hosts(routes_of(name))[-1][0]
        path = f'{peers.CFG}/{name}/{host}.yaml'
        text, took, spent, idle = open(path).read(), [], [], 0
        for i in range(2 * count):
            if i == count:  # the first half warmed the JVM
                before, began = busy(name), time.time()
                time.sleep(10)
                idle = (busy(name) - before) / (time.time() - began)
            before, began = busy(name), time.time()
            marked = f'      filters: [{{type: ResponseHeaderModifier, responseHeaderModifier: {{set: [{{name: x-change, value: "{i}"}}]}}}}]\n'
            with open(path, 'w') as out:
                out.write(text.replace('      backendRefs', marked + '      backendRefs', 1))
            while header(name, host, 'x-change') != str(i):
                time.sleep(0.01)
            took.append(time.time() - began)
            after = settled(name)
            spent.append(after - before - idle * (time.time() - began))
        took, spent = took[count:], spent[count:]
        print(f'{name}: {1e3 * sum(spent) / count:.0f} ms of CPU a change (mean of {count}, beyond {1e3 * idle:.1f} ms a second while idle), '
              f'served after {1e3 * statistics.median(took):.0f} ms (worst {1e3 * max(took):.0f})')


def busy(name):
    user, system, _ = cpu_and_rss(peers.pid_of(name))
    return user + system


def settled(name):
    """Its CPU time once it is idle again."""
    before, now = -1.0, busy(name)
    while now != before:
        time.sleep(0.3)
        before, now = now, busy(name)
    return now


def header(name, host, field):
    c = http.client.HTTPConnection('127.0.0.1', peers.port(name), timeout=5)
    c.request('GET', '/p0/item', headers={'Host': host})
    value = c.getresponse().getheader(field)
    c.close()
    return value


if __name__ == '__main__':
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('-r', '--rounds', type=int, default=3)
    p.add_argument('-s', '--seconds', type=int, default=4)
    p.add_argument('-w', '--work', default=','.join(WORK))
    p.add_argument('--warm', type=int, default=24, help='seconds of load a JVM gets on each workload first, in three turns')
    p.add_argument('-o', '--out', default=f'{peers.OUT}/results.jsonl')
    p.add_argument('--report')
    p.add_argument('--idle', type=int, metavar='N', help='memory of N idle TLS connections instead')
    p.add_argument('--no-access-log', action='store_true')
    p.add_argument('--start', action='store_true')
    p.add_argument('--change', action='store_true')
    p.add_argument('--nice', type=int, help='run proxies and load at this priority, for a machine with other work on it; needs root')
    p.add_argument('--keep', action='store_true', help='leave the proxies running')
    p.add_argument('names', nargs='*', default=['moorgate', 'nginx', 'haproxy', 'envoy', 'relay'])
    a = p.parse_args()
    peers.ACCESS_LOG = not a.no_access_log
    if a.nice is not None:
        peers.NICE = a.nice
        peers.prefer(os.getpid())
    if a.report:
        report(a.report)
    else:
        try:
            if a.start:
                first([n for n in a.names if n != 'relay'], a.rounds + 2)
            elif a.idle:
                idle([n for n in a.names if n != 'relay'], a.idle)
            elif a.change:
                change([n for n in a.names if n.startswith('moorgate')], 25)
            else:
                open(a.out, 'w').close() if os.path.isdir(peers.OUT) else os.makedirs(peers.OUT)
                measure(a)
                report(a.out)
        finally:
            if not a.keep:
                peers.stop_all()
