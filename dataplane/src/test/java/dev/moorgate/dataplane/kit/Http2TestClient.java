package dev.moorgate.dataplane.kit;

import dev.moorgate.dataplane.http.HeadLimits;
import dev.moorgate.dataplane.http.MessageHead;
import dev.moorgate.dataplane.http.Methods;
import dev.moorgate.dataplane.http.ParseError;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.dataplane.http2.Http2Error;
import dev.moorgate.dataplane.http2.Http2Events;
import dev.moorgate.dataplane.http2.Http2Session;
import dev.moorgate.dataplane.http2.Http2Settings;
import dev.moorgate.dataplane.http2.Http2Stream;
import dev.moorgate.dataplane.http2.Http2Transport;
import dev.moorgate.dataplane.http2.ResetCause;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/** A client of HTTP/2 on a socket: it reads only while a test waits for something. Frames of its own can be sent as bytes. */
public final class Http2TestClient implements Http2Transport, Http2Events, AutoCloseable {
    private static final String HOST = "test.example";
    private static final int PATIENCE_MILLIS = 60_000;

    private final RawClient connection;
    private final Http2Session session;
    private final List<String> goAways = new ArrayList<>();
    private boolean crediting = true;
    private boolean awake;
    private boolean ended;

    /** What has come on one stream. */
    public final class Answer {
        private final ResponseHead head = new ResponseHead();
        private final List<Integer> interim = new ArrayList<>();
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private final StringBuilder fields = new StringBuilder();
        private final StringBuilder trailers = new StringBuilder();
        private Http2Stream stream;
        private int status;
        private boolean whole;
        private Http2Error reset;

        /** Waits for the final head. */
        public int status() {
            await("the head", () -> status > 0 || reset != null);
            return status;
        }

        public List<Integer> interim() {
            return interim;
        }

        /** {@code name: value} lines of the final head. */
        public String fields() {
            return fields.toString();
        }

        public String trailers() {
            return trailers.toString();
        }

        /** Waits for the end and answers the content. */
        public String body() {
            await("the end", () -> whole || reset != null);
            return body.toString(StandardCharsets.ISO_8859_1);
        }

        public int size() {
            return body.size();
        }

        /** The content that has come. */
        public String soFar() {
            return body.toString(StandardCharsets.ISO_8859_1);
        }

        public boolean isWhole() {
            return whole;
        }

        public void awaitSize(int size) {
            await(size + " bytes", () -> body.size() >= size || reset != null);
        }

        /** Waits until the stream is reset. */
        public Http2Error awaitReset() {
            await("a reset", () -> reset != null);
            return reset;
        }

        public boolean isReset() {
            return reset != null;
        }

        public Answer send(String content, boolean end) {
            return send(content.getBytes(StandardCharsets.ISO_8859_1), end);
        }

        public Answer send(byte[] content, boolean end) {
            session.data(stream, Unpooled.wrappedBuffer(content), end);
            push();
            return this;
        }

        public void trail(String... lines) {
            byte[] bytes = (String.join("\r\n", lines) + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1);
            session.trailers(stream, bytes, bytes.length);
            push();
        }

        public void cancel() {
            session.reset(stream, Http2Error.CANCEL);
            push();
        }

        /** Bytes that wait for a window of the proxy's. */
        public int waiting() {
            return stream.pendingBytes();
        }
    }

    public Http2TestClient(RawClient connection) {
        this(connection, 64 << 10);
    }

    public Http2TestClient(RawClient connection, int window) {
        this.connection = connection;
        var settings = new Http2Settings(false, false, 100, window, 1 << 20, HeadLimits.STANDARD, false);
        session = new Http2Session(settings, this, this, System::nanoTime);
        session.start();
        push();
    }

    public static Http2TestClient to(ProxyUnderTest proxy) {
        return new Http2TestClient(proxy.connect());
    }

    /** From now on the proxy gets no windows for what it sends. */
    public Http2TestClient withoutCredit() {
        crediting = false;
        return this;
    }

    public Http2Session session() {
        return session;
    }

    public RawClient connection() {
        return connection;
    }

    public List<String> goAways() {
        return goAways;
    }

    public Answer get(String path, String... fields) {
        return request("GET", path, true, fields);
    }

    public Answer post(String path, String... fields) {
        return request("POST", path, false, fields);
    }

    public Answer request(String method, String path, boolean end, String... fields) {
        return open(method, HOST, path, false, end, fields);
    }

    /** A GET for another host than the usual one. */
    public Answer getFrom(String host, String path) {
        return open("GET", host, path, false, true);
    }

    /** Extended CONNECT for a WebSocket. */
    public Answer tunnel(String path, String... fields) {
        await("settings", session::takesWebSockets);
        List<String> lines = new ArrayList<>(List.of("Connection: Upgrade", "Upgrade: websocket"));
        lines.addAll(List.of(fields));
        return open("GET", HOST, path, true, false, lines.toArray(new String[0]));
    }

    private Answer open(String method, String host, String path, boolean tunnel, boolean end, String... fields) {
        var head = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\n");
        for (String field : fields) {
            head.append(field).append("\r\n");
        }
        byte[] bytes = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
        var answer = new Answer();
        answer.stream = session.request(bytes, bytes.length, Methods.idOf(method), tunnel, end, answer);
        push();
        return answer;
    }

    /** Reads until {@code condition} holds. */
    public void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000L;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end || ended) {
                throw new AssertionError("not come: " + what + (ended ? ", the connection has ended" : ""));
            }
            read(100);
        }
    }

    public boolean hasEnded() {
        return ended;
    }

    /** Reads until the proxy ends the connection. */
    public void awaitEnd() {
        long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000L;
        while (!ended) {
            if (System.nanoTime() > end) {
                throw new AssertionError("the connection has not ended");
            }
            read(100);
        }
    }

    private void read(int millis) {
        byte[] bytes = new byte[64 << 10];
        try {
            connection.socket().setSoTimeout(millis);
            int count = connection.socket().getInputStream().read(bytes);
            if (count < 0) {
                ended = true;
                session.lost();
            } else {
                session.receive(Unpooled.copiedBuffer(bytes, 0, count));
                push();
            }
        } catch (SocketTimeoutException _) {
            // nothing yet
        } catch (IOException e) {
            ended = true;
            session.lost();
        }
    }

    private void push() {
        while (awake) {
            awake = false;
            session.flush();
        }
    }

    /** Sends bytes beside the session's. */
    public void raw(byte[] bytes) {
        try {
            connection.socket().getOutputStream().write(bytes);
        } catch (IOException e) {
            ended = true;
        }
    }

    // ------------------------------------------------------------------ transport

    @Override
    public ByteBuf buffer(int size) {
        return Unpooled.buffer(size);
    }

    @Override
    public void write(ByteBuf bytes) {
        raw(ByteBufUtil.getBytes(bytes));
        bytes.release();
    }

    @Override
    public boolean hasRoom() {
        return true;
    }

    @Override
    public void wake() {
        awake = true;
    }

    @Override
    public void end() {
        connection.close();
        ended = true;
    }

    // ------------------------------------------------------------------ events

    private static Answer of(Http2Stream stream) {
        return (Answer) stream.owner();
    }

    @Override
    public MessageHead head(Http2Stream stream) {
        return of(stream).head;
    }

    @Override
    public void headers(Http2Stream stream, boolean end) {
        Answer answer = of(stream);
        if (answer.head.isInterim()) {
            answer.interim.add(answer.head.status());
            return;
        }
        answer.status = answer.head.status();
        lines(answer.head, answer.fields);
        answer.whole = end;
    }

    private static void lines(MessageHead head, StringBuilder to) {
        for (int i = 0; i < head.fieldCount(); i++) {
            to.append(head.nameString(i))
                    .append(": ")
                    .append(head.valueString(i))
                    .append('\n');
        }
    }

    @Override
    public void refused(Http2Stream stream, ParseError error, boolean end) {
        throw new IllegalStateException("told to servers only");
    }

    @Override
    public void data(Http2Stream stream, ByteBuf data, boolean end) {
        Answer answer = of(stream);
        answer.body.writeBytes(ByteBufUtil.getBytes(data));
        if (crediting) {
            session.consumed(stream, data.readableBytes());
        }
        data.release();
        answer.whole = end;
    }

    @Override
    public void trailers(Http2Stream stream, MessageHead trailers) {
        Answer answer = of(stream);
        lines(trailers, answer.trailers);
        answer.whole = true;
    }

    @Override
    public void reset(Http2Stream stream, ResetCause cause, Http2Error error) {
        of(stream).reset = error;
    }

    @Override
    public void writable(Http2Stream stream) {
        // tests hand over what they have at once
    }

    @Override
    public void goingAway(Http2Error error) {
        goAways.add(error.word());
    }

    @Override
    public void close() {
        session.lost();
        connection.close();
    }
}
