package dev.moorgate.dataplane.http;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Chunked content, incrementally and strictly (RFC 9112 7.1): 1 to 16 hexadecimal digits below 2^63, CRLF everywhere,
 * extensions checked, counted and taken out, trailers read by the rules of heads.
 */
final class ChunkReader {
    static final int EXTENSION_OF_CHUNK = 1 << 10;
    static final int EXTENSIONS_OF_MESSAGE = 16 << 10;
    private static final int MOST_DIGITS = 16;

    private enum State {
        SIZE,
        EXTENSION,
        SIZE_LF,
        DATA,
        DATA_CR,
        DATA_LF,
        TRAILER,
        TRAILER_FIELDS,
        LAST_LF,
        DONE
    }

    /** Where in {@code ; name = value} a byte of an extension stands; blanks are allowed around names only. */
    private enum Part {
        BEFORE_NAME,
        NAME,
        BEHIND_NAME,
        BEFORE_VALUE,
        TOKEN,
        QUOTED,
        ESCAPE,
        BEHIND_QUOTED,
        BEHIND_VALUE
    }

    private State state = State.DONE;
    private Part part = Part.BEFORE_NAME;
    private HeadLimits limits = HeadLimits.STANDARD;
    private int headBytes;
    private int headFields;
    private long remaining;
    private long content;
    private int digits;
    private int extension;
    private int extensions;
    private int dataStart;
    private int dataLength;
    private ParseError error = ParseError.BAD_CHUNK_SIZE;
    private @Nullable Trailers trailers;
    private boolean trailing;

    void begin(HeadLimits headLimits, int bytesOfHead, int fieldsOfHead) {
        limits = headLimits;
        headBytes = bytesOfHead;
        headFields = fieldsOfHead;
        extensions = 0;
        content = 0;
        trailing = false;
        nextChunk();
    }

    /** The trailers of the message before are nobody's any more, whatever comes next. */
    void forget() {
        trailing = false;
    }

    private void nextChunk() {
        state = State.SIZE;
        remaining = 0;
        digits = 0;
        extension = 0;
    }

    boolean isDone() {
        return state == State.DONE;
    }

    int dataStart() {
        return dataStart;
    }

    int dataLength() {
        return dataLength;
    }

    /** Bytes of data so far, without framing. */
    long content() {
        return content;
    }

    ParseError error() {
        return error;
    }

    @Nullable
    MessageHead trailers() {
        return trailing ? trailers : null;
    }

    Progress read(ByteBuf in, boolean verbatim) {
        int start = in.readerIndex();
        int end = in.writerIndex();
        int i = start;
        while (i < end && state != State.DONE) {
            switch (state) {
                case SIZE -> {
                    byte octet = in.getByte(i);
                    if (octet == ';' && digits > 0) {
                        if (verbatim && i > start) {
                            return data(in, start, i);
                        }
                        state = State.EXTENSION;
                        part = Part.BEFORE_NAME;
                        start = i + 1;
                    } else if (!size(octet)) {
                        return refuse(in, i, ParseError.BAD_CHUNK_SIZE);
                    }
                    i++;
                }
                case EXTENSION -> {
                    byte octet = in.getByte(i);
                    if (octet == '\r' && endsExtension()) {
                        state = State.SIZE_LF;
                        start = i++;
                    } else if (++extension > EXTENSION_OF_CHUNK || ++extensions > EXTENSIONS_OF_MESSAGE) {
                        return refuse(in, i, ParseError.CHUNK_EXTENSION_TOO_LONG);
                    } else if (!extension(octet)) {
                        return refuse(in, i, ParseError.BAD_CHUNK_EXTENSION);
                    } else {
                        start = ++i;
                    }
                }
                case SIZE_LF -> {
                    if (in.getByte(i++) != '\n') {
                        return refuse(in, i, ParseError.BAD_CHUNK_SIZE);
                    }
                    state = remaining == 0 ? State.TRAILER : State.DATA;
                }
                case DATA -> {
                    int piece = (int) Math.min(remaining, end - i);
                    remaining -= piece;
                    content += piece;
                    state = remaining == 0 ? State.DATA_CR : State.DATA;
                    if (!verbatim) {
                        return data(in, i, i + piece);
                    }
                    i += piece;
                }
                case DATA_CR, DATA_LF -> {
                    if (in.getByte(i++) != (state == State.DATA_CR ? '\r' : '\n')) {
                        return refuse(in, i, ParseError.BAD_CHUNK_END);
                    }
                    if (state == State.DATA_LF) {
                        nextChunk();
                    } else {
                        state = State.DATA_LF;
                    }
                }
                case TRAILER -> {
                    if (in.getByte(i) == '\r') {
                        state = State.LAST_LF;
                        i++;
                    } else {
                        state = State.TRAILER_FIELDS;
                        trailing = true;
                        if (headFields >= limits.fields()) {
                            return refuse(in, i, ParseError.TOO_MANY_FIELDS);
                        }
                        if (headBytes >= limits.headerBlock()) {
                            return refuse(in, i, ParseError.HEAD_TOO_LARGE);
                        }
                        beginTrailers();
                        if (verbatim && i > start) {
                            return data(in, start, i);
                        }
                    }
                }
                case TRAILER_FIELDS -> {
                    in.readerIndex(i);
                    return trailerFields(in);
                }
                case LAST_LF -> {
                    if (in.getByte(i++) != '\n') {
                        return refuse(in, i, ParseError.BARE_CR);
                    }
                    state = State.DONE;
                }
                case DONE -> throw new IllegalStateException("read past the end");
            }
        }
        if (verbatim && i > start) {
            return data(in, start, i);
        }
        in.readerIndex(i);
        return state == State.DONE ? Progress.COMPLETE : Progress.INCOMPLETE;
    }

    private Progress data(ByteBuf in, int start, int end) {
        dataStart = start;
        dataLength = end - start;
        in.readerIndex(end);
        return Progress.DATA;
    }

    private Progress refuse(ByteBuf in, int at, ParseError wrong) {
        in.readerIndex(at);
        error = wrong;
        return Progress.REFUSED;
    }

    private boolean size(byte octet) {
        if (octet == '\r') {
            state = State.SIZE_LF;
            return digits > 0;
        }
        int digit = Octets.hex(octet);
        remaining = (remaining << 4) | digit;
        return digit >= 0 && ++digits <= MOST_DIGITS && remaining >= 0;
    }

    private void beginTrailers() {
        Trailers fields = trailers == null ? new Trailers() : trailers;
        fields.reset();
        trailers = fields;
        limits = new HeadLimits(
                limits.requestLine(), limits.headerBlock() - headBytes, limits.fields() - headFields, limits.method());
    }

    private Progress trailerFields(ByteBuf in) {
        Trailers fields = trailers;
        if (fields == null) {
            throw new IllegalStateException("no trailer section has begun");
        }
        Progress progress = fields.advance(in, limits);
        if (progress == Progress.COMPLETE) {
            state = State.DONE;
        } else if (progress == Progress.REFUSED) {
            error = fields.error();
        }
        return progress;
    }

    private boolean endsExtension() {
        return part == Part.NAME || part == Part.TOKEN || part == Part.BEHIND_QUOTED;
    }

    /** Takes one byte of an extension; false where RFC 9112 7.1.1 has no place for it. */
    private boolean extension(byte octet) {
        Part next = next(octet);
        if (next != null) {
            part = next;
        }
        return next != null;
    }

    private @Nullable Part next(byte octet) {
        boolean blank = Octets.isBlank(octet);
        boolean token = Octets.is(octet, Octets.TOKEN);
        return switch (part) {
            case BEFORE_NAME -> token ? Part.NAME : blank ? Part.BEFORE_NAME : null;
            case NAME -> token ? Part.NAME : blank ? Part.BEHIND_NAME : behindName(octet);
            case BEHIND_NAME -> blank ? Part.BEHIND_NAME : behindName(octet);
            case BEFORE_VALUE -> token ? Part.TOKEN : blank ? Part.BEFORE_VALUE : octet == '"' ? Part.QUOTED : null;
            case TOKEN -> token ? Part.TOKEN : blank ? Part.BEHIND_VALUE : behindValue(octet);
            case QUOTED -> octet == '"' ? Part.BEHIND_QUOTED : octet == '\\' ? Part.ESCAPE : quoted(octet);
            case ESCAPE -> quoted(octet);
            case BEHIND_QUOTED, BEHIND_VALUE -> blank ? Part.BEHIND_VALUE : behindValue(octet);
        };
    }

    private static @Nullable Part behindName(byte octet) {
        return octet == '=' ? Part.BEFORE_VALUE : behindValue(octet);
    }

    private static @Nullable Part behindValue(byte octet) {
        return octet == ';' ? Part.BEFORE_NAME : null;
    }

    private static @Nullable Part quoted(byte octet) {
        boolean text = octet == '\t' || (octet >= ' ' && octet != 0x7f) || octet < 0;
        return text ? Part.QUOTED : null;
    }

    /** The trailer section: field lines without a start line. */
    static final class Trailers extends MessageHead {
        @Override
        public void reset() {
            super.reset();
            beginFields();
        }

        @Override
        int leadingLines() {
            return 0;
        }

        @Override
        boolean dropsUnderscores() {
            return true;
        }

        @Override
        @Nullable
        ParseError startLine(int start, int end, HeadLimits limits) {
            throw new IllegalStateException("a trailer section has no start line");
        }

        @Override
        ParseError startLineTooLong(int start, int end, HeadLimits limits) {
            return ParseError.HEAD_TOO_LARGE;
        }

        @Override
        @Nullable
        ParseError complete() {
            for (int i = 0; i < fieldCount(); i++) {
                if (!Fields.mayTrail(fieldId(i))) {
                    dropByProtocol(i);
                }
            }
            return null;
        }
    }
}
