package dev.moorgate.dataplane.kit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;

/** One end of a connection, spoken byte by byte; text is ISO 8859-1. What does not come in a minute fails the test. */
public class RawSocket implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 60_000;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final AtomicLong sent = new AtomicLong();
    private volatile boolean ended;

    /** How the peer ended the connection. */
    public enum End {
        PROPER,
        RESET
    }

    public RawSocket(Socket socket) {
        this.socket = socket;
        try {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.setTcpNoDelay(true);
            in = socket.getInputStream();
            out = socket.getOutputStream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Socket socket() {
        return socket;
    }

    /** Bytes that were given to the connection so far. */
    public long sent() {
        return sent.get();
    }

    /** Whether this side has ended the connection, or its half of it. */
    public boolean hasEnded() {
        return ended;
    }

    public RawSocket send(String text) {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Lines with their line ends and the empty line that ends a head. */
    public RawSocket sendHead(String... lines) {
        return send(String.join("\r\n", lines) + "\r\n\r\n");
    }

    public RawSocket send(byte[] bytes) {
        try {
            out.write(bytes);
            out.flush();
            sent.addAndGet(bytes.length);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends what it can until the peer will take no more; true: all of it. */
    public boolean trySend(String text) {
        return trySend(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** The same with bytes. */
    public boolean trySend(byte[] bytes) {
        try {
            out.write(bytes);
            out.flush();
            sent.addAndGet(bytes.length);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Everything up to and with the next empty line. */
    public String readHead() {
        var head = new ByteArrayOutputStream();
        try {
            while (!endsHead(head)) {
                int octet = in.read();
                if (octet < 0) {
                    throw new AssertionError("the connection ended in the head: " + head);
                }
                head.write(octet);
            }
        } catch (IOException e) {
            throw new AssertionError("no whole head: <" + head + ">", e);
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    private static boolean endsHead(ByteArrayOutputStream head) {
        byte[] bytes = head.toByteArray();
        int n = bytes.length;
        return n >= 4 && bytes[n - 4] == '\r' && bytes[n - 3] == '\n' && bytes[n - 2] == '\r' && bytes[n - 1] == '\n';
    }

    public byte[] readBytes(int count) {
        try {
            byte[] bytes = in.readNBytes(count);
            if (bytes.length < count) {
                throw new AssertionError("the connection ended after " + bytes.length + " of " + count + " bytes");
            }
            return bytes;
        } catch (IOException e) {
            throw new AssertionError("no " + count + " bytes", e);
        }
    }

    public String read(int count) {
        return new String(readBytes(count), StandardCharsets.ISO_8859_1);
    }

    /** Everything up to the proper end. */
    public String readToEnd() {
        try {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new AssertionError("no proper end", e);
        }
    }

    /** Throws away what comes until the peer ends the connection, and says how. */
    public End awaitEnd() {
        var scrap = new byte[64 << 10];
        try {
            while (in.read(scrap) >= 0) {
                // Only the end matters.
            }
            return End.PROPER;
        } catch (SocketTimeoutException e) {
            throw new AssertionError("the connection is still open", e);
        } catch (IOException e) {
            return End.RESET;
        }
    }

    /** Whether nothing at all comes for a moment, not even an end. */
    public boolean isSilent(int millis) {
        try {
            socket.setSoTimeout(millis);
            int octet = in.read();
            if (octet >= 0) {
                throw new AssertionError("an unexpected byte came: " + (char) octet);
            }
            return false;
        } catch (SocketTimeoutException e) {
            return true;
        } catch (IOException e) {
            return false;
        } finally {
            patience();
        }
    }

    private void patience() {
        try {
            socket.setSoTimeout(PATIENCE_MILLIS);
        } catch (SocketException e) {
            // It is closed, which the next call will say.
        }
    }

    /** Ends this side; the other may go on. */
    public void endOutput() {
        try {
            socket.shutdownOutput();
            ended = true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Closes so that the peer sees a reset. */
    public void reset() {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
            ended = true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Closes the connection properly, while the test goes on. */
    public void hangUp() {
        close();
    }

    @Override
    public void close() {
        try {
            socket.close();
            ended = true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
