package dev.moorgate.dataplane.http;

import static dev.moorgate.dataplane.http.Octets.CR;
import static dev.moorgate.dataplane.http.Octets.LF;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A head while it is read: bytes are taken from the input as they come, each is looked at once, and what follows the head
 * stays in the input. Everything read from here is valid until the next parse or {@link #reset()}; one event loop at a
 * time.
 */
public abstract sealed class MessageHead extends FieldLines permits RequestHead, ResponseHead, ChunkReader.Trailers {

    private static final int KEPT_BYTES = 5 * STEP;

    private enum Phase {
        START_LINE,
        FIELDS,
        DONE
    }

    /** Set by the framing rules of the two kinds of head. */
    BodyKind bodyKind = BodyKind.NONE;

    long contentLength = -1;
    boolean keepAlive;
    /** Version 1.1, not 1.0. */
    boolean current;

    private Phase phase = Phase.START_LINE;
    private int length;
    private int lineStart;
    private int scanned;
    private int skipped;
    private int fieldsStart;
    private @Nullable ParseError error;

    // ------------------------------------------------------------------ parsing

    /** Reads the start line without its CRLF. */
    abstract @Nullable ParseError startLine(int start, int end, HeadLimits limits);

    /** What is wrong when the start line has no end within its limit. */
    abstract ParseError startLineTooLong(int start, int end, HeadLimits limits);

    /** Checks the whole head and sets framing and marks. */
    abstract @Nullable ParseError complete();

    /** Leading empty lines that are skipped (RFC 9112 2.2). */
    abstract int leadingLines();

    /** Forgets everything read; keeps the arrays unless one large head has swollen them. */
    public void reset() {
        length = lineStart = scanned = skipped = fieldsStart = 0;
        clearFields();
        phase = Phase.START_LINE;
        error = null;
        bodyKind = BodyKind.NONE;
        contentLength = -1;
        keepAlive = current = false;
        if (bytes.length > KEPT_BYTES) {
            bytes = new byte[FIRST_BYTES];
        }
    }

    final void beginFields() {
        phase = Phase.FIELDS;
    }

    final Progress advance(ByteBuf in, HeadLimits limits) {
        if (phase == Phase.DONE) {
            reset();
        }
        while (true) {
            int take = Math.min(in.readableBytes(), STEP);
            if (take == 0) {
                return Progress.INCOMPLETE;
            }
            int before = length;
            // One word more than is used: some loops read eight bytes at once.
            if (bytes.length < before + take + Long.BYTES) {
                bytes = Arrays.copyOf(bytes, Math.max(before + take + Long.BYTES, 2 * bytes.length));
            }
            in.getBytes(in.readerIndex(), bytes, before, take);
            length = before + take;
            Progress progress = scan(limits);
            if (progress == Progress.COMPLETE) {
                in.skipBytes(end - before);
                return progress;
            }
            in.skipBytes(take);
            if (progress == Progress.REFUSED) {
                phase = Phase.DONE;
                return progress;
            }
        }
    }

    private Progress scan(HeadLimits limits) {
        while (phase != Phase.DONE) {
            boolean starting = phase == Phase.START_LINE;
            int limit = starting ? lineStart + limits.requestLine() + 2 : fieldsStart + limits.headerBlock();
            int to = Math.min(length, limit);
            int at = Octets.control(bytes, scanned, to);
            if (at >= to - 1 && (at == to || bytes[at] == CR)) {
                scanned = at;
                return to == limit ? refuse(tooLong(limits, to)) : Progress.INCOMPLETE;
            }
            if (bytes[at] != CR || bytes[at + 1] != LF) {
                return refuse(
                        switch (bytes[at]) {
                            case CR -> ParseError.BARE_CR;
                            case LF -> ParseError.BARE_LF;
                            default -> ParseError.CONTROL_CHARACTER;
                        });
            }
            ParseError wrong = line(lineStart, at, limits);
            if (wrong != null) {
                return refuse(wrong);
            }
            lineStart = scanned = at + 2;
            if (starting && phase == Phase.FIELDS) {
                fieldsStart = lineStart;
            }
        }
        end = lineStart;
        ParseError wrong = complete();
        return wrong == null ? Progress.COMPLETE : refuse(wrong);
    }

    private @Nullable ParseError line(int start, int stop, HeadLimits limits) {
        if (phase == Phase.START_LINE) {
            if (start == stop && ++skipped <= leadingLines()) {
                return null;
            }
            phase = Phase.FIELDS;
            return startLine(start, stop, limits);
        }
        if (start == stop) {
            phase = Phase.DONE;
            return null;
        }
        return field(start, stop, limits);
    }

    private ParseError tooLong(HeadLimits limits, int to) {
        return phase == Phase.START_LINE ? startLineTooLong(lineStart, to, limits) : ParseError.HEAD_TOO_LARGE;
    }

    private Progress refuse(ParseError wrong) {
        error = wrong;
        return Progress.REFUSED;
    }

    // ------------------------------------------------------------------ made by FieldSection

    final int length() {
        return length;
    }

    final void append(byte[] from, int start, int to) {
        int size = to - start;
        if (bytes.length < length + size + 2 + Long.BYTES) {
            bytes = Arrays.copyOf(bytes, Math.max(length + size + 2 + Long.BYTES, 2 * bytes.length));
        }
        System.arraycopy(from, start, bytes, length, size);
        length += size;
    }

    final void append(byte[] from) {
        append(from, 0, from.length);
    }

    /** Takes back what was appended behind {@code to}. */
    final void cut(int to) {
        length = to;
    }

    /** The start line is whole. */
    final void beginFieldsHere() {
        fieldsStart = lineStart = length;
        phase = Phase.FIELDS;
    }

    /** The empty line has been appended: checks the head as a whole. */
    final @Nullable ParseError endHere() {
        phase = Phase.DONE;
        end = length;
        return complete();
    }

    final void refuseHere(ParseError wrong) {
        phase = Phase.DONE;
        error = wrong;
    }

    /** Becomes what another whole and sound head is. */
    final void copyHead(MessageHead from) {
        copyLines(from);
        bodyKind = from.bodyKind;
        contentLength = from.contentLength;
        keepAlive = from.keepAlive;
        current = from.current;
        phase = from.phase;
        length = from.length;
        lineStart = from.lineStart;
        scanned = from.scanned;
        skipped = from.skipped;
        fieldsStart = from.fieldsStart;
        error = null;
    }

    // ------------------------------------------------------------------ reading

    /** Why the last parse was refused. */
    public ParseError error() {
        if (error == null) {
            throw new IllegalStateException("the head was not refused");
        }
        return error;
    }

    /** Whether any byte of a head has been taken that is not whole yet: then a closed connection is a cut request. */
    public boolean isPartial() {
        return phase == Phase.FIELDS || (phase == Phase.START_LINE && length > lineStart);
    }

    /** Size of the whole head, its CRLFs included. */
    public int headBytes() {
        return end;
    }

    int fieldBytes() {
        return end - fieldsStart;
    }

    /** How the end of the content is told. */
    public BodyKind bodyKind() {
        return bodyKind;
    }

    /** Bytes of content for {@link BodyKind#LENGTH}, else what Content-Length says, -1 for nothing. */
    public long contentLength() {
        return contentLength;
    }

    /** Whether the sender wants the connection kept (RFC 9112 9.3). */
    public boolean keepAlive() {
        return keepAlive;
    }

    /** Whether the version is 1.1 and not 1.0. */
    public boolean isHttp11() {
        return current;
    }
}
