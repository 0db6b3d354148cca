package dev.moorgate.dataplane.forward;

import dev.moorgate.dataplane.filter.ForwardedHeaders;
import dev.moorgate.dataplane.http.BodyKind;
import dev.moorgate.dataplane.http.BodyReader;
import dev.moorgate.dataplane.http.HeadLimits;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.MessageHead;
import dev.moorgate.dataplane.http.ParseError;
import dev.moorgate.dataplane.http.Progress;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.upstream.UpstreamConnection;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The content of a request on its way: held until there is a connection to send it on, kept while it may have to be sent
 * again, passed on as it came (chunks keep their framing). One per exchange; its event loop only.
 */
final class RequestBody {
    /** Most that is held for a connection or for another try, unless the route collects bodies. */
    static final int MOST_HELD = 64 << 10;

    private final BodyReader reader = new BodyReader();
    private final List<ByteBuf> held = new ArrayList<>();
    private final HeadWriter writer;
    private int heldBytes;
    private int most = MOST_HELD;
    private boolean whole;
    private boolean keeping;
    private boolean forgotten;
    private boolean chunked;
    private long passed;
    private @Nullable UpstreamConnection sink;

    RequestBody(HeadWriter writer) {
        this.writer = writer;
    }

    void begin(RequestHead head, HeadLimits limits) {
        reader.begin(head, limits);
        chunked = head.bodyKind() == BodyKind.CHUNKED;
        whole = reader.isDone();
        most = MOST_HELD;
        keeping = true;
        forgotten = false;
        passed = 0;
    }

    /** Whether its last byte has come. */
    boolean isWhole() {
        return whole;
    }

    boolean isChunked() {
        return chunked;
    }

    /** Bytes of content so far. */
    long received() {
        return passed;
    }

    /** Whether every byte so far is still here, so that another try can send it. */
    boolean isReplayable() {
        return !forgotten;
    }

    /** Whether the whole of it is here to be copied. */
    boolean isWholeAndHeld() {
        return whole && !forgotten;
    }

    boolean isFull() {
        return heldBytes >= most;
    }

    /** Another bound on what is held. */
    void holdUpTo(int bytes) {
        most = bytes;
    }

    /** Whether it is larger, or announced to be, than the route takes. */
    boolean exceeds(RoutePlan route, long announced) {
        long size = Math.max(announced, passed);
        return size > route.bodyLimit || (route.collected > 0 && size > route.collected);
    }

    int heldBytes() {
        return heldBytes;
    }

    /** Another try will not come: what was sent need not be kept. */
    void stopKeeping() {
        keeping = false;
        if (sink != null) {
            drop();
            forgotten = true;
        }
    }

    /** Takes content from {@code in}: DATA is not among the answers. */
    Progress read(ByteBuf in, DownstreamConnection client) {
        while (true) {
            Progress progress = reader.readVerbatim(in);
            switch (progress) {
                case DATA -> {
                    passed += reader.dataLength();
                    pass(reader.retainedData(in));
                }
                case COMPLETE -> {
                    if (!whole) {
                        whole = true;
                        trailers(client);
                    }
                    return progress;
                }
                case INCOMPLETE, REFUSED -> {
                    return progress;
                }
            }
        }
    }

    private void trailers(DownstreamConnection client) {
        MessageHead trailers = reader.trailers();
        if (trailers != null) {
            ForwardedHeaders.dropClaims(trailers);
            ByteBuf out = client.buffer(256);
            writer.startTrailerFields().copyFields(trailers).end(out);
            pass(out);
        }
    }

    private void pass(ByteBuf piece) {
        UpstreamConnection connection = sink;
        if (connection == null) {
            hold(piece);
            return;
        }
        if (keeping && heldBytes + piece.readableBytes() <= most) {
            hold(piece.retainedDuplicate());
        } else {
            stopKeeping();
        }
        connection.write(piece);
    }

    private void hold(ByteBuf piece) {
        held.add(piece);
        heldBytes += piece.readableBytes();
    }

    /** Where the content goes from now on; what is held goes first, behind the head in {@code out} where it fits. */
    void sendTo(UpstreamConnection connection, ByteBuf out) {
        sink = connection;
        boolean joined = heldBytes <= out.maxFastWritableBytes() && heldBytes <= Exchange.MOST_JOINED;
        if (joined) {
            copyTo(out);
            connection.write(out);
        } else {
            connection.write(out);
            for (int i = 0; i < held.size(); i++) {
                connection.write(held.get(i).retainedDuplicate());
            }
        }
        if (!keeping || heldBytes > most) {
            stopKeeping();
        }
    }

    /** Appends what is held. */
    void copyTo(ByteBuf out) {
        for (int i = 0; i < held.size(); i++) {
            ByteBuf piece = held.get(i);
            out.writeBytes(piece, piece.readerIndex(), piece.readableBytes());
        }
    }

    /** The connection is no more; content is held again. */
    void detach() {
        sink = null;
    }

    ParseError error() {
        return reader.error();
    }

    private void drop() {
        for (int i = 0; i < held.size(); i++) {
            held.get(i).release();
        }
        held.clear();
        heldBytes = 0;
    }

    void end() {
        sink = null;
        drop();
    }
}
