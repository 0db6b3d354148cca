package dev.moorgate.dataplane.kit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * An upstream that does exactly what a script says, connection by connection, on a loopback port of its own. Heads that
 * scripts read with {@link Connection#readRequest} are remembered.
 */
public final class ScriptedUpstream implements AutoCloseable {
    private static final Pattern KEY = Pattern.compile("(?i)\r\nSec-WebSocket-Key: (\\S+)\r\n");

    private final ServerSocket server;
    private final Script script;
    private final Optional<SSLContext> tls;
    private final boolean asksForCertificates;
    private final AtomicInteger accepted = new AtomicInteger();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final Set<Connection> open = ConcurrentHashMap.newKeySet();
    private final List<Throwable> problems = new CopyOnWriteArrayList<>();

    /** What one connection does; it is closed when the script returns. */
    @FunctionalInterface
    public interface Script {
        /** Runs on a thread of its own; {@code number} is the connection's, from 1. */
        void run(Connection connection, int number) throws Exception;
    }

    private ScriptedUpstream(Script script, Optional<SSLContext> tls, boolean asksForCertificates) {
        this.script = script;
        this.tls = tls;
        this.asksForCertificates = asksForCertificates;
        try {
            server = new ServerSocket(0, 1024, RawClient.loopback());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().name("scripted-upstream").start(this::accept);
    }

    public static ScriptedUpstream running(Script script) {
        return new ScriptedUpstream(script, Optional.empty(), false);
    }

    /** The same over TLS. */
    public static ScriptedUpstream securedBy(TlsCertificate certificate, Script script) {
        return new ScriptedUpstream(script, Optional.of(certificate.context()), false);
    }

    /** The same, only for who shows {@code client} in the handshake. */
    public static ScriptedUpstream securedFor(TlsCertificate client, TlsCertificate certificate, Script script) {
        return new ScriptedUpstream(script, Optional.of(certificate.contextTrusting(client)), true);
    }

    /** Answers every request with 200 and {@code body}, and keeps the connection. */
    public static ScriptedUpstream answering(String body) {
        return running(answeringScript(body));
    }

    /** Answers every request with these bytes, and keeps the connection. */
    public static ScriptedUpstream answeringRaw(String answer) {
        return running(sending(answer));
    }

    /** 101 for the WebSocket that {@code request} asks for, with the proof of its key (RFC 6455 4.2.2). */
    public static String switched(String request) {
        Matcher key = KEY.matcher(request);
        String proven = key.find() ? key.group(1) : "none";
        try {
            byte[] hash = MessageDigest.getInstance("SHA-1")
                    .digest((proven + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII));
            return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                    + Base64.getEncoder().encodeToString(hash) + "\r\n\r\n";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What {@link #answering} runs. */
    public static Script answeringScript(String body) {
        return sending("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
    }

    private static Script sending(String answer) {
        return (connection, _) -> {
            while (connection.readRequest() != null) {
                connection.send(answer);
            }
        };
    }

    /** A port that nobody listens on: bound, noted, closed. */
    public static int refusedPort() {
        try (var bound = new ServerSocket(0, 1, RawClient.loopback())) {
            return bound.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                var connection = new Connection(secured(socket), socket);
                open.add(connection);
                int number = accepted.incrementAndGet();
                Thread.ofVirtual().name("scripted-upstream-" + number).start(() -> serve(connection, number));
            } catch (IOException e) {
                return;
            }
        }
    }

    private Socket secured(Socket socket) throws IOException {
        if (tls.isEmpty()) {
            return socket;
        }
        var secured = (SSLSocket) tls.get().getSocketFactory().createSocket(socket, null, true);
        secured.setNeedClientAuth(asksForCertificates);
        return secured;
    }

    private void serve(Connection connection, int number) {
        try (connection) {
            script.run(connection, number);
        } catch (Exception | AssertionError e) {
            problems.add(e);
        } finally {
            open.remove(connection);
        }
    }

    public int port() {
        return server.getLocalPort();
    }

    /** Connections that were accepted so far. */
    public int connections() {
        return accepted.get();
    }

    /** Connections whose script is still running. */
    public int openConnections() {
        return open.size();
    }

    /** Request heads in the order read. */
    public List<String> requests() {
        return List.copyOf(requests);
    }

    /** What went wrong in scripts: often the very end of the connection that a test brings about. */
    public List<Throwable> problems() {
        return List.copyOf(problems);
    }

    /** Cuts every connection with a reset; the port stays open. */
    public void resetAll() {
        open.forEach(RawSocket::reset);
    }

    /** Ends every connection properly; the port stays open. */
    public void closeAll() {
        open.forEach(RawSocket::close);
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        closeAll();
    }

    /** A connection from the proxy. */
    public final class Connection extends RawSocket {
        private final Socket carrier;

        Connection(Socket socket, Socket carrier) {
            super(socket);
            this.carrier = carrier;
        }

        /** The next request's head, and its content thrown away; null: the proxy has closed. */
        public String readRequest() throws IOException {
            String head = readRequestHead();
            if (head != null) {
                int length = head.toLowerCase(java.util.Locale.ROOT).indexOf("\r\ncontent-length: ");
                if (length >= 0) {
                    int end = head.indexOf("\r\n", length + 2);
                    readBytes(Integer.parseInt(head.substring(length + 18, end)));
                } else if (head.contains("\r\nTransfer-Encoding: chunked\r\n")) {
                    readChunked();
                }
            }
            return head;
        }

        /** The next request's head; null: the proxy has closed. */
        public String readRequestHead() throws IOException {
            int first = socket().getInputStream().read();
            if (first < 0) {
                return null;
            }
            String head = (char) first + readHead();
            requests.add(head);
            return head;
        }

        /** Chunked content as it came, framing and trailers included. */
        public String readChunked() {
            var all = new StringBuilder();
            while (true) {
                String line = readLine();
                all.append(line);
                int size = Integer.parseInt(line.strip(), 16);
                if (size == 0) {
                    break;
                }
                all.append(read(size + 2));
            }
            String line;
            do {
                line = readLine();
                all.append(line);
            } while (!line.equals("\r\n"));
            return all.toString();
        }

        private String readLine() {
            var line = new StringBuilder();
            while (!line.toString().endsWith("\r\n")) {
                line.append(read(1));
            }
            return line.toString();
        }

        /** Ends the TCP connection properly, but under TLS without its closure alert. */
        public void endWithoutNotice() {
            try {
                carrier.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** 200 with {@code body}. */
        public void answer(String body) {
            send("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
        }

        /** Does nothing until the proxy ends the connection, and says how. */
        public End stall() {
            return awaitEnd();
        }
    }
}
