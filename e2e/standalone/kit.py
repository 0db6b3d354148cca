"""The processes, manifests and clients of accept.py and soak.py."""
import base64, http.client, json, os, random, re, shutil, signal, socket, ssl, subprocess, tempfile, threading, time, urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
HOST = 'shop.example.com'
OFFSET = 20000
# wrk tells how many answers were not 200; this tells which
TELLING = f'''
wrk.headers["Host"] = "{HOST}"
local threads = {{}}
function setup(thread) table.insert(threads, thread) end
function init() seen, first, last = {{}}, {{}}, {{}} end
function response(status, headers, body)
  if status ~= 200 then
    local key = status .. " " .. (body:match("reason: ([%w_]+)") or "not ours")
    seen[key] = (seen[key] or 0) + 1
    first[key] = first[key] or os.time()
    last[key] = os.time()
  end
end
function done()
  for _, thread in ipairs(threads) do
    for key, count in pairs(thread:get("seen")) do
      print("Answers: " .. count .. " times " .. key .. os.date(", from %H:%M:%S", thread:get("first")[key])
        .. os.date(" to %H:%M:%S", thread:get("last")[key]))
    end
  end
end
'''
HTTP, HTTPS = OFFSET + 80, OFFSET + 443


class Failed(Exception):
    pass


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def wait(what, condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Failed(f'not within {seconds} s: {what}')
        time.sleep(0.005)


class Child:
    """A process whose output is kept; it never outlives the run."""
    all = []

    def __init__(self, *command, **options):
        self.lines = []
        self.process = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, **options)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        Child.all.append(self)

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip())

    def await_line(self, part, seconds=60):
        def found():
            if self.process.poll() is not None and not self.reader.is_alive() and not self.find(part):
                raise Failed(f'{self.process.args[0]} ended: ' + '\n'.join(self.lines[-20:]))
            return self.find(part)
        wait(f'a line with {part!r}', found, seconds)
        return self.find(part)

    def find(self, part):
        return next((line for line in self.lines if part in line), None)

    def stop(self, number=signal.SIGTERM, seconds=60):
        """Sends a signal, waits for the end and returns the exit code; signal 0: it ends by itself."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(seconds)
        self.reader.join(10)
        return code

    @staticmethod
    def kill_all():
        for child in Child.all:
            if child.process.poll() is None:
                child.process.kill()


class Site:
    """A folder of manifests, the software behind it, and loopback addresses that nothing else uses."""

    def __init__(self):
        self.work = Path(tempfile.mkdtemp(prefix='moorgate-accept-'))
        self.folder = self.work / 'manifests'
        self.folder.mkdir()
        self.pods = {}
        self.certificates = [self.certificate('one'), self.certificate('two')]
        self.trust = ssl.create_default_context()
        for crt, _ in self.certificates:
            self.trust.load_verify_locations(crt)

    def certificate(self, name):
        crt, key = self.work / f'{name}.crt', self.work / f'{name}.key'
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30',
                        '-subj', f'/CN={name}', '-addext', f'subjectAltName=DNS:{HOST}', '-keyout', key, '-out', crt],
                       check=True, capture_output=True)
        return crt, key

    def write(self, name, *documents):
        """As careful editors do it: whole, or not at all. JSON is YAML."""
        fresh = self.folder / f'.{name}'
        fresh.write_text('\n---\n'.join(json.dumps(d, indent=1) for d in documents))
        fresh.rename(self.folder / f'{name}.yaml')

    def base(self):
        self.write('class', {'apiVersion': 'networking.k8s.io/v1', 'kind': 'IngressClass', 'metadata': {'name': 'moorgate'},
                             'spec': {'controller': 'moorgate.dev/ingress-controller'}})
        self.write('sticky', {'apiVersion': 'moorgate.dev/v1alpha1', 'kind': 'StickyPolicy', 'metadata': meta('app'),
                              'spec': {'targetRefs': [{'group': '', 'kind': 'Service', 'name': 'app'}], 'mode': 'Cookie'}})
        self.secret(0)
        self.routes({'/': 'static', '/app': 'app', '/plain': 'plain', '/one': 'one'})

    def secret(self, which):
        data = {k: base64.b64encode(p.read_bytes()).decode() for k, p in zip(('tls.crt', 'tls.key'), self.certificates[which])}
        self.write('secret', {'apiVersion': 'v1', 'kind': 'Secret', 'type': 'kubernetes.io/tls', 'metadata': meta('tls'), 'data': data})

    def routes(self, paths):
        rules = [{'path': p, 'pathType': 'Prefix', 'backend': {'service': {'name': s, 'port': {'number': 80}}}}
                 for p, s in paths.items()]
        self.write('ingress', {'apiVersion': 'networking.k8s.io/v1', 'kind': 'Ingress', 'metadata': meta('shop'),
                               'spec': {'ingressClassName': 'moorgate', # the second for clients without a name (SNI): wrk
                                        'tls': [{'hosts': [HOST], 'secretName': 'tls'}, {'secretName': 'tls'}],
                                        'rules': [{'host': HOST, 'http': {'paths': rules}}]}})

    def service(self, name, *pods):
        documents = [{'apiVersion': 'v1', 'kind': 'Service', 'metadata': meta(name), 'spec': {'ports': [{'name': 'http', 'port': 80}]}}]
        self.write(f'service-{name}', *documents)
        self.endpoints(name, *pods)

    def endpoints(self, name, *pods):
        self.write(f'slices-{name}', *[
            {'apiVersion': 'discovery.k8s.io/v1', 'kind': 'EndpointSlice', 'addressType': 'IPv4',
             'metadata': meta(f'{name}-{pod}', {'kubernetes.io/service-name': name}), 'ports': [{'name': 'http', 'port': self.pods[pod]}],
             'endpoints': [{'addresses': ['127.0.0.1'], 'conditions': {'ready': True},
                            'targetRef': {'kind': 'Pod', 'namespace': 'shop', 'name': pod, 'uid': f'uid-{pod}'}}]} for pod in pods])

    def node(self, name, script='app.mjs'):
        self.pods[name] = free_port()
        app = Child('node', HERE / script, name, self.pods[name])
        app.await_line('listening')
        return app

    def nginx(self, www):
        self.pods['nginx'] = port = free_port()
        conf = self.work / 'nginx.conf'
        conf.write_text(f'''daemon off; master_process off; pid {self.work}/nginx.pid; error_log stderr warn;
events {{ worker_connections 1024; }}
http {{ types {{ text/html html; text/css css; text/javascript js; image/svg+xml svg; }} access_log off; sendfile on;
 gzip on; gzip_min_length 100; gzip_types text/css; keepalive_requests 1000000;
 client_body_temp_path {self.work}; proxy_temp_path {self.work}; fastcgi_temp_path {self.work};
 uwsgi_temp_path {self.work}; scgi_temp_path {self.work};
 server {{ listen 127.0.0.1:{port}; root {www}; }} }}''')
        child = Child(shutil.which('nginx') or '/usr/sbin/nginx', '-p', self.work, '-c', conf, '-e', 'stderr')
        wait('nginx', lambda: reachable(port))
        return child

    def serve(self, address=None, keys=None):
        return Gate(self, address or '127.' + '.'.join(str(random.randint(1, 200)) for _ in range(3)), keys or self.work / 'keys')

    def close(self):
        Child.kill_all()
        shutil.rmtree(self.work, ignore_errors=True)


def meta(name, labels=None):
    return {'name': name, 'namespace': 'shop', **({'labels': labels} if labels else {})}


def reachable(port):
    try:
        socket.create_connection(('127.0.0.1', port), 1).close()
        return True
    except OSError:
        return False


class Gate(Child):
    """One moorgate serve, from the built distribution as a user starts it."""

    def __init__(self, site, address, keys):
        super().__init__(ROOT / 'moorgate', 'serve', site.folder, '--bind', address, '--port-offset', OFFSET,
                         '--admin', '127.0.0.1:0', '--access-log', 'off', '--keys', keys)
        self.site, self.address = site, address

    def ready(self):
        self.await_line('Ready.', 600)
        self.admin = int(re.search(r'admin on http://127.0.0.1:(\d+)', '\n'.join(self.lines))[1])
        return self

    def connect(self, secured=False, timeout=60):
        if not secured:
            return http.client.HTTPConnection(self.address, HTTP, timeout=timeout)
        connection = http.client.HTTPSConnection(HOST, HTTPS, timeout=timeout, context=self.site.trust)
        connection._create_connection = lambda target, *rest: socket.create_connection((self.address, target[1]), *rest)
        return connection

    def get(self, path, headers=None, secured=False):
        connection = self.connect(secured)
        try:
            return fetch(connection, path, headers)
        finally:
            connection.close()

    def memory(self):
        """Resident memory in MiB."""
        return int(re.search(r'VmRSS:\s+(\d+)', Path(f'/proc/{self.process.pid}/status').read_text())[1]) / 1024

    def told(self, path):
        """A page of the admin listener."""
        with urllib.request.urlopen(f'http://127.0.0.1:{self.admin}{path}', timeout=10) as page:
            return page.read().decode()

    def account(self):
        """What it says of itself, for whoever has to explain a failure."""
        counted = [line for line in self.told('/metrics').splitlines() if re.match(
            r'moorgate_(requests_total.*code="([45]|other)|tables|table_info|heap_|loop_blocked|upstream_(endpoints|connections_failed|retries))', line)]
        return '\n'.join(['moorgate said:', *self.lines[-12:], 'and counts:', self.told('/version').strip(), *counted])

    def changes(self):
        return sum(1 for line in self.lines if line.startswith('changed: '))

    def live(self, change):
        """Makes a change and waits until it is in force; the seconds that took."""
        before, start = self.changes(), time.monotonic()
        change()
        wait('a change to be live', lambda: self.changes() > before, 30)
        return time.monotonic() - start


def fetch(connection, path, headers=None, method='GET', body=None):
    connection.request(method, path, body, {'Host': HOST, **(headers or {})})
    reply = connection.getresponse()
    reply.content = reply.read()
    return reply


class Load:
    """Many connections that ask without a pause: wrk where it is installed, else threads of our own."""

    def __init__(self, gate, path, connections, secured=False):
        self.over, self.served, self.failures, self.threads, self.wrk = False, 0, [], [], None
        self.gate, self.path, self.secured = gate, path, secured
        if shutil.which('wrk'):
            url = f'https://{gate.address}:{HTTPS}{path}' if secured else f'http://{gate.address}:{HTTP}{path}'
            # A file of its own: wrk may read it when the next load begins, and would go without what it does not find.
            script = Path(tempfile.mkstemp('.lua', 'load-', gate.site.work)[1])
            script.write_text(TELLING)
            self.wrk = Child('wrk', '-t', 1, '-c', connections, '-d', '3600s', '--timeout', '30s', '-s', script, url)
        else:
            for _ in range(connections):
                self.threads.append(threading.Thread(target=self.ask, daemon=True))
                self.threads[-1].start()

    def ask(self):
        connection = self.gate.connect(self.secured)
        while not self.over:
            try:
                reply = fetch(connection, self.path)
                if reply.status == 200:
                    self.served += 1
                else:
                    self.failures.append(f'{reply.status} {reply.content[:200]}')
            except (OSError, http.client.HTTPException) as e:
                self.failures.append(repr(e))
                connection.close()

    def end(self):
        """How many were served, and what failed."""
        if self.wrk:
            self.wrk.stop(signal.SIGINT)
            text = '\n'.join(self.wrk.lines)
            self.failures = re.findall(r'Socket errors:.*|Non-2xx.*|Answers: .*', text)
            found = re.search(r'(\d+) requests in', text)
            self.served = int(found[1]) if found else 0
        self.over = True
        for thread in self.threads:
            thread.join(60)
        return self.served, self.failures


class Memory(threading.Thread):
    """Samples a gate's resident memory; MiB at the highest."""

    def __init__(self, gate):
        super().__init__(daemon=True)
        self.gate, self.peak, self.over = gate, 0, threading.Event()
        self.start()

    def run(self):
        while not self.over.wait(0.05):
            self.peak = max(self.peak, self.gate.memory())

    def end(self):
        self.over.set()
        self.join()
        return self.peak
