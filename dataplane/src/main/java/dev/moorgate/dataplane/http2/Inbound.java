package dev.moorgate.dataplane.http2;

import dev.moorgate.dataplane.http.BodyKind;
import dev.moorgate.dataplane.http.FieldSection;
import dev.moorgate.dataplane.http.MessageHead;
import dev.moorgate.dataplane.http.ParseError;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.dataplane.http2.StreamTable.Closed;
import dev.moorgate.dataplane.http2.hpack.HeadMemo;
import dev.moorgate.dataplane.http2.hpack.HpackDecoder;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The receiving side of a session: what each frame means (RFC 9113 5 and 6). Its event loop only. */
final class Inbound implements FrameReader.Sink {
    private static final int KEPT_BLOCK = 4096;

    private final Http2Session session;
    private final ControlFrames control;
    private final HpackDecoder decoder = new HpackDecoder();
    private final FieldSection section = new FieldSection();
    private final HeadMemo<RequestHead> requests = new HeadMemo<>(RequestHead::new);
    private final HeadMemo<ResponseHead> responses = new HeadMemo<>(ResponseHead::new);
    private final InboundContent content;
    private byte[] block = new byte[0];
    private int blockLength;
    private int continued;
    private int continuations;
    private int continuedBytes;
    private boolean continuedEnd;
    private boolean continuedOnItself;
    private int lastStream;

    Inbound(Http2Session session) {
        this.session = session;
        control = new ControlFrames(session, this);
        content = new InboundContent(session);
    }

    @Override
    public boolean isOpen() {
        return session.isOpen();
    }

    @Override
    public void broken(Http2Error error, String why) {
        session.broken(error, why);
    }

    /** The peer's last stream that we have looked at. */
    int lastStream() {
        return lastStream;
    }

    boolean isWithinBlock() {
        return continued != 0;
    }

    FlowControl newWindow() {
        int size = session.settings.streamWindow();
        // Until the peer has seen our settings it counts on the protocol's own window.
        return new FlowControl(size, control.isAcknowledged() ? size : Math.max(size, FlowControl.INITIAL));
    }

    /** Whether a stream has never been open. */
    boolean isIdle(int id) {
        boolean ofPeer = session.settings.server() == ((id & 1) == 1);
        return ofPeer ? id > lastStream : !session.wasOpened(id);
    }

    // ------------------------------------------------------------------ frames

    @Override
    public void frame(int type, int flags, int stream, byte[] payload, int length) {
        if (!isExpected(type, flags, stream)) {
            return;
        }
        switch (type) {
            case FrameWriter.HEADERS -> headers(flags, stream, payload, length);
            case FrameWriter.CONTINUATION -> continuation(flags, stream, payload, length);
            default -> control.frame(type, flags, stream, payload, length);
        }
    }

    private boolean isExpected(int type, int flags, int stream) {
        if (!control.isSettled() && (type != FrameWriter.SETTINGS || (flags & FrameWriter.ACK) != 0)) {
            broken(Http2Error.PROTOCOL_ERROR, "the first frame is not SETTINGS");
            return false;
        }
        if (continued != 0 && (type != FrameWriter.CONTINUATION || stream != continued)) {
            broken(Http2Error.PROTOCOL_ERROR, "a field block was not continued");
            return false;
        }
        return true;
    }

    private void headers(int flags, int id, byte[] payload, int length) {
        if (id == 0 || (session.settings.server() ? (id & 1) == 0 : isIdle(id))) {
            broken(Http2Error.PROTOCOL_ERROR, "HEADERS on a stream that cannot be");
            return;
        }
        int start = 0;
        int end = length;
        if ((flags & FrameWriter.PADDED) != 0) {
            int padding = length == 0 ? length : payload[0] & 0xff;
            start = 1;
            end -= padding;
        }
        boolean onItself = false;
        if ((flags & FrameWriter.PRIORITISED) != 0) {
            onItself = start + 5 <= length && ControlFrames.dependency(payload, start) == id;
            start += 5;
        }
        if (start > end) {
            broken(Http2Error.PROTOCOL_ERROR, "HEADERS shorter than they say");
            return;
        }
        boolean last = (flags & FrameWriter.END_STREAM) != 0;
        if ((flags & FrameWriter.END_HEADERS) != 0) {
            block(id, last, onItself, payload, start, end);
            return;
        }
        continued = id;
        continuedEnd = last;
        continuedOnItself = onItself;
        continuations = 0;
        continuedBytes = 0;
        blockLength = 0;
        append(payload, start, end);
    }

    private void continuation(int flags, int id, byte[] payload, int length) {
        if (continued == 0) {
            broken(Http2Error.PROTOCOL_ERROR, "CONTINUATION of nothing");
            return;
        }
        continuedBytes += length;
        if (++continuations > AbuseGuard.MOST_CONTINUATIONS || continuedBytes > AbuseGuard.MOST_CONTINUED_BYTES) {
            broken(Http2Error.ENHANCE_YOUR_CALM, "too much CONTINUATION");
            return;
        }
        append(payload, 0, length);
        if ((flags & FrameWriter.END_HEADERS) != 0) {
            continued = 0;
            block(id, continuedEnd, continuedOnItself, block, 0, blockLength);
            if (block.length > KEPT_BLOCK) {
                block = new byte[0];
            }
        }
    }

    private void append(byte[] from, int start, int end) {
        int size = end - start;
        if (block.length < blockLength + size) {
            block = Arrays.copyOf(block, Math.max(blockLength + size, 2 * block.length));
        }
        System.arraycopy(from, start, block, blockLength, size);
        blockLength += size;
    }

    // ------------------------------------------------------------------ field blocks

    private void block(int id, boolean last, boolean onItself, byte[] bytes, int start, int end) {
        Http2Stream stream = session.streams.get(id);
        if (stream == null) {
            if (!session.settings.server() || id <= lastStream) {
                late(id, bytes, start, end);
                return;
            }
            stream = open(id, bytes, start, end);
            if (stream == null) {
                return;
            }
        } else if (stream.remoteEnded) {
            if (skip(bytes, start, end)) {
                session.streamError(stream, Http2Error.STREAM_CLOSED);
            }
            return;
        }
        if (stream.ignored) {
            if (skip(bytes, start, end) && last) {
                remoteEnded(stream);
            }
        } else if (stream.headRead) {
            trailers(stream, last, bytes, start, end);
        } else {
            head(stream, last, onItself, bytes, start, end);
        }
    }

    /** A client's new stream, or null where there shall be none. */
    private @Nullable Http2Stream open(int id, byte[] bytes, int start, int end) {
        lastStream = id;
        if (session.hasNamedLast()) {
            // The client was told that nobody looks at such a stream.
            session.streams.remember(id, Closed.RESET_BY_US);
            skip(bytes, start, end);
            return null;
        }
        if (session.streams.count() >= session.settings.streams()) {
            if (skip(bytes, start, end)) {
                glitch("too many streams");
                session.refuse(id, Http2Error.REFUSED_STREAM);
            }
            return null;
        }
        Http2Stream stream = session.newStream(id);
        session.streams.add(stream);
        return stream;
    }

    /** HEADERS for a stream that is closed. */
    private void late(int id, byte[] bytes, int start, int end) {
        if (!skip(bytes, start, end)) {
            return;
        }
        switch (session.streams.closedHow(id)) {
            case RESET_BY_US -> glitch("HEADERS behind a reset");
            case UNKNOWN -> broken(Http2Error.PROTOCOL_ERROR, "HEADERS on an old stream");
            case ENDED, RESET_BY_PEER -> broken(Http2Error.STREAM_CLOSED, "HEADERS on a closed stream");
        }
    }

    /** Keeps the table right; false: the connection is broken. */
    private boolean skip(byte[] bytes, int start, int end) {
        section.beginUnwanted();
        return decode(bytes, start, end);
    }

    private boolean decode(byte[] bytes, int start, int end) {
        if (!decoder.decode(bytes, start, end, section)) {
            broken(Http2Error.COMPRESSION_ERROR, "a field block that cannot be decoded");
        }
        return isOpen();
    }

    private void head(Http2Stream stream, boolean last, boolean onItself, byte[] bytes, int start, int end) {
        MessageHead head = session.events.head(stream);
        ParseError wrong = null;
        if (!isKnown(head, stream, last, bytes, start, end)) {
            int version = decoder.version();
            if (!decode(bytes, start, end)) {
                return;
            }
            wrong = section.end(last);
            if (wrong == null && version == decoder.version()) {
                keep(head, stream, last, bytes, start, end);
            }
        }
        if (wrong == null && head instanceof ResponseHead response && response.isInterim()) {
            interim(stream, last);
        } else if (onItself || (wrong != null && (FieldSection.isMalformed(wrong) || !session.settings.server()))) {
            session.streamError(stream, Http2Error.PROTOCOL_ERROR);
        } else {
            stream.headRead = true;
            stream.remoteEnded = last;
            session.guard.useful();
            if (wrong == null) {
                boolean none = head.bodyKind() == BodyKind.NONE;
                boolean tunnel = head instanceof RequestHead request && request.isWebSocket();
                stream.expected = none && !tunnel ? 0 : head.contentLength();
                session.events.headers(stream, last);
            } else {
                stream.ignored = true;
                session.events.refused(stream, wrong, last);
            }
            session.closeIfEnded(stream);
        }
    }

    /** True: the head is what the same block was before; false: it has to be read. */
    private boolean isKnown(MessageHead head, Http2Stream stream, boolean last, byte[] bytes, int start, int end) {
        int version = decoder.version();
        switch (head) {
            case RequestHead request -> {
                RequestHead known = requests.find(bytes, start, end, version, last ? 1 : 0);
                if (known != null) {
                    request.copy(known);
                    return true;
                }
                section.begin(request, session.settings.limits(), session.settings.webSockets());
            }
            case ResponseHead response -> {
                ResponseHead known = responses.find(bytes, start, end, version, variant(stream, last));
                if (known != null) {
                    response.copy(known);
                    return true;
                }
                section.begin(response, session.settings.limits(), stream.method);
            }
            default -> throw new IllegalStateException("neither a request nor a response");
        }
        return false;
    }

    private void keep(MessageHead head, Http2Stream stream, boolean last, byte[] bytes, int start, int end) {
        int version = decoder.version();
        if (head instanceof RequestHead request) {
            RequestHead place = requests.place(bytes, start, end, version, last ? 1 : 0);
            if (place != null) {
                place.copy(request);
            }
        } else if (head instanceof ResponseHead response) {
            ResponseHead place = responses.place(bytes, start, end, version, variant(stream, last));
            if (place != null) {
                place.copy(response);
            }
        }
    }

    private static int variant(Http2Stream stream, boolean last) {
        return stream.method << 1 | (last ? 1 : 0);
    }

    private void interim(Http2Stream stream, boolean last) {
        if (last) {
            session.streamError(stream, Http2Error.PROTOCOL_ERROR);
        } else {
            session.events.headers(stream, false);
        }
    }

    private void trailers(Http2Stream stream, boolean last, byte[] bytes, int start, int end) {
        section.beginTrailers(session.settings.limits());
        if (!decode(bytes, start, end)) {
            return;
        }
        if (section.end(true) != null || !last || stream.expected > 0) {
            session.streamError(stream, Http2Error.PROTOCOL_ERROR);
            return;
        }
        stream.remoteEnded = true;
        session.events.trailers(stream, section.trailers());
        session.closeIfEnded(stream);
    }

    private void remoteEnded(Http2Stream stream) {
        stream.remoteEnded = true;
        session.closeIfEnded(stream);
    }

    private void glitch(String why) {
        if (session.guard.glitch()) {
            broken(Http2Error.ENHANCE_YOUR_CALM, why);
        }
    }

    // ------------------------------------------------------------------ content

    @Override
    public void dataBegins(int stream, int length) {
        content.forget();
        if (!isExpected(FrameWriter.DATA, 0, stream)) {
            return;
        }
        if (stream == 0 || (session.streams.get(stream) == null && isIdle(stream))) {
            broken(Http2Error.PROTOCOL_ERROR, "DATA on an idle stream");
        } else {
            content.begin(stream, length);
        }
    }

    @Override
    public void data(int stream, ByteBuf in, int length, boolean end) {
        content.data(in, length, end);
    }

    @Override
    public void padding(int stream, int length) {
        content.padding(length);
    }

    InboundContent content() {
        return content;
    }
}
