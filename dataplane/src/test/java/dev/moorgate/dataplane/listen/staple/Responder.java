package dev.moorgate.dataplane.listen.staple;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/** An OCSP responder on loopback that says what the test tells it to; what it was asked is noted. */
public final class Responder implements AutoCloseable {
    private final ServerSocket socket;
    private final List<byte[]> questions = new CopyOnWriteArrayList<>();
    private volatile Supplier<byte[]> reply = () -> new byte[0];

    public Responder() {
        try {
            socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        Thread.ofVirtual().start(this::serve);
    }

    public String url() {
        return "http://127.0.0.1:" + socket.getLocalPort() + "/ocsp";
    }

    /** How often it was asked. */
    public int asked() {
        return questions.size();
    }

    /** What it was asked, in DER. */
    List<byte[]> questions() {
        return questions;
    }

    /** Says this from now on: 200 with the body. */
    public void say(byte[] body) {
        byte[] whole = http("200 OK", body);
        reply = () -> whole;
    }

    /** Says these bytes, whatever they are; none: it keeps the connection open and silent. */
    void sayRaw(byte[] bytes) {
        reply = () -> bytes;
    }

    static byte[] http(String status, byte[] body) {
        var out = new ByteArrayOutputStream();
        out.writeBytes(("HTTP/1.0 " + status + "\r\nContent-Type: application/ocsp-response\r\nContent-Length: "
                        + body.length + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(body);
        return out.toByteArray();
    }

    private void serve() {
        while (!socket.isClosed()) {
            try {
                Socket client = socket.accept();
                Thread.ofVirtual().start(() -> answer(client));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void answer(Socket client) {
        try (client) {
            String head = head(client.getInputStream());
            String path = head.split(" ", 3)[1];
            String question = URLDecoder.decode(path.substring("/ocsp/".length()), StandardCharsets.US_ASCII);
            byte[] bytes = reply.get();
            questions.add(Base64.getDecoder().decode(question));
            if (bytes.length == 0) {
                // until the other side gives up
                var _ = client.getInputStream().read();
            } else {
                client.getOutputStream().write(bytes);
            }
        } catch (IOException gone) {
            // the other side went away
        }
    }

    private static String head(InputStream in) throws IOException {
        var head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("no head");
            }
            head.append((char) next);
        }
        return head.toString();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
