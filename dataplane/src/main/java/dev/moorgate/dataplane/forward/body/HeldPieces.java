package dev.moorgate.dataplane.forward.body;

import dev.moorgate.dataplane.http.BodyReader;
import dev.moorgate.dataplane.http.HeadLimits;
import dev.moorgate.dataplane.http.Progress;
import dev.moorgate.dataplane.http.RequestHead;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;

/** Content in memory, in the order in which it came. One event loop only. */
final class HeldPieces {
    /** Pieces below this size are copied together: each would hold on to the whole buffer that it was read into. */
    private static final int SMALL = 1 << 10;

    private static final int GATHERED = 8 << 10;

    private final List<ByteBuf> pieces = new ArrayList<>();
    private boolean gathering;
    private int bytes;

    int bytes() {
        return bytes;
    }

    /** Takes over {@code piece}. */
    void add(ByteBuf piece) {
        int size = piece.readableBytes();
        bytes += size;
        if (size >= SMALL || pieces.isEmpty()) {
            pieces.add(piece);
            gathering = false;
            return;
        }
        ByteBuf last = pieces.getLast();
        if (!gathering || last.writableBytes() < size) {
            last = piece.alloc().directBuffer(GATHERED, GATHERED);
            pieces.add(last);
            gathering = true;
        }
        last.writeBytes(piece);
        piece.release();
    }

    void writeTo(RequestSink sink) {
        for (int i = 0; i < pieces.size(); i++) {
            sink.write(pieces.get(i).retainedDuplicate());
        }
    }

    void copyTo(ByteBuf out) {
        for (int i = 0; i < pieces.size(); i++) {
            ByteBuf piece = pieces.get(i);
            out.writeBytes(piece, piece.readerIndex(), piece.readableBytes());
        }
    }

    /** The same where the pieces are chunks by {@code limits}: their content. */
    void copyBareTo(ByteBuf out, RequestHead head, HeadLimits limits) {
        ByteBuf chunks = out.alloc().directBuffer(Math.max(1, bytes));
        copyTo(chunks);
        var reader = new BodyReader();
        reader.begin(head, limits);
        while (reader.read(chunks) == Progress.DATA) {
            out.writeBytes(chunks, reader.dataStart(), reader.dataLength());
        }
        chunks.release();
    }

    void drop() {
        for (int i = 0; i < pieces.size(); i++) {
            pieces.get(i).release();
        }
        pieces.clear();
        bytes = 0;
        gathering = false;
    }
}
