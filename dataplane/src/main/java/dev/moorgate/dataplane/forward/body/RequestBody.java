package dev.moorgate.dataplane.forward.body;

import dev.moorgate.dataplane.http.BodyKind;
import dev.moorgate.dataplane.http.BodyReader;
import dev.moorgate.dataplane.http.HeadLimits;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.MessageHead;
import dev.moorgate.dataplane.http.ParseError;
import dev.moorgate.dataplane.http.Progress;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.upstream.Conduit;
import dev.moorgate.dataplane.upstream.UpstreamConnection;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The content of a request on its way: held until there is a connection to send it on, kept while it may have to be sent
 * again, passed on as it came (chunks keep their framing). Where the route collects bodies, what does not fit into memory goes
 * into a {@link SpillFile} and comes back from it for each try. One per exchange; its event loop only.
 */
public final class RequestBody implements SpillUser {
    /** Most that is held for a connection or for another try, unless the route collects bodies. */
    public static final int MOST_HELD = 64 << 10;
    /** Content that leaves in one buffer with its head, at most. */
    public static final int MOST_JOINED = 8 << 10;
    /** Pieces below this size are copied together: each would hold on to the whole buffer that it was read into. */
    private static final int SMALL = 1 << 10;

    private static final int GATHERED = 8 << 10;

    /** Whose body it is. */
    public interface Owner {
        /** There is room for more of a body that is collected. */
        void bodyStored();

        /** Something of it went on. */
        void bodyMoved(UpstreamConnection to);

        /** It can be kept no longer, and cannot be sent. */
        void bodyLost(String detail);
    }

    private final BodyReader reader = new BodyReader();
    private final List<ByteBuf> held = new ArrayList<>();
    private final HeadWriter writer;
    private final BufferSpace space;
    private final EventExecutor loop;
    private final Owner owner;
    private int heldBytes;
    private long charged;
    private BufferRule rule = BufferRule.OFF;
    private boolean whole;
    private boolean keeping;
    private boolean forgotten;
    private boolean chunked;
    private boolean gathering;
    private boolean overflown;
    private boolean begun;
    private @Nullable String lost;
    private @Nullable UpstreamConnection sink;
    private @Nullable SpillFile spill;
    private int nextRecord;
    private boolean reading;

    public RequestBody(HeadWriter writer, BufferSpace space, EventExecutor loop, Owner owner) {
        this.writer = writer;
        this.space = space;
        this.loop = loop;
        this.owner = owner;
    }

    public void begin(RequestHead head, HeadLimits limits) {
        reader.begin(head, limits);
        chunked = head.bodyKind() == BodyKind.CHUNKED;
        whole = reader.isDone();
        rule = BufferRule.OFF;
        keeping = true;
        forgotten = false;
        overflown = false;
        begun = true;
        lost = null;
        gathering = false;
        nextRecord = 0;
        reading = false;
    }

    /** Whether its last byte has come. */
    public boolean isWhole() {
        return whole;
    }

    /** Whether its last byte has gone on. */
    public boolean isSent() {
        return whole && (spill == null || nextRecord == spill.records());
    }

    public boolean isChunked() {
        return chunked;
    }

    /** Bytes of content so far, without the framing of chunks. */
    public long received() {
        return begun ? reader.received() : 0;
    }

    /** Whether every byte so far is still here, so that another try can send it. */
    public boolean isReplayable() {
        return !forgotten;
    }

    /** Whether the whole of it is here to be copied. */
    public boolean isWholeAndHeld() {
        return whole && !forgotten && spill == null;
    }

    /** Whether no more should be read of it for now. */
    public boolean isFull() {
        return rule.isOn() ? spill != null && spill.isBusy() : heldBytes >= MOST_HELD;
    }

    /** It is collected before it is sent; what has come of it by now counts. */
    public void collect(BufferRule by) {
        rule = by;
        charge();
    }

    /** Whether it is larger, or announced to be, than the route takes. */
    public boolean exceeds(long limit, BufferRule by, long announced) {
        long size = Math.max(announced, received());
        return size > limit || by.isOn() && (size > by.most() || overflown);
    }

    /** Why it could not be kept, where that is not its own size; null: it is here. */
    public @Nullable String lost() {
        return lost;
    }

    public int heldBytes() {
        return heldBytes;
    }

    /** Another try will not come: what was sent need not be kept. */
    public void stopKeeping() {
        keeping = false;
        if (sink != null) {
            drop();
            forgotten = true;
            if (isSent()) {
                closeSpill();
            }
        }
    }

    // ------------------------------------------------------------------ coming in

    /** Takes content from {@code in}: DATA is not among the answers. */
    public Progress read(ByteBuf in, RequestHead head, Conduit client) {
        while (true) {
            Progress progress = reader.readVerbatim(in);
            switch (progress) {
                case DATA -> pass(reader.retainedData(in));
                case COMPLETE -> {
                    if (!whole) {
                        whole = true;
                        trailers(head, client);
                        seal();
                    }
                    return progress;
                }
                case INCOMPLETE, REFUSED -> {
                    return progress;
                }
            }
        }
    }

    private void trailers(RequestHead head, Conduit client) {
        MessageHead trailers = reader.trailers();
        if (trailers != null) {
            ByteBuf out = client.buffer(256);
            TrailerRule.write(trailers, head, writer, out);
            pass(out);
        }
    }

    private void pass(ByteBuf piece) {
        UpstreamConnection connection = sink;
        if (connection == null) {
            if (rule.isOn()) {
                keep(piece);
            } else {
                hold(piece);
            }
            return;
        }
        if (keeping && heldBytes + piece.readableBytes() <= MOST_HELD) {
            hold(piece.retainedDuplicate());
        } else {
            stopKeeping();
        }
        connection.write(piece);
    }

    private void hold(ByteBuf piece) {
        int size = piece.readableBytes();
        heldBytes += size;
        if (size >= SMALL || held.isEmpty()) {
            held.add(piece);
            gathering = false;
            return;
        }
        ByteBuf last = held.getLast();
        if (!gathering || last.writableBytes() < size) {
            last = piece.alloc().directBuffer(GATHERED, GATHERED);
            held.add(last);
            gathering = true;
        }
        last.writeBytes(piece);
        piece.release();
    }

    private void keep(ByteBuf piece) {
        if (overflown) {
            piece.release();
        } else if (spill == null && heldBytes + piece.readableBytes() <= rule.memory()) {
            hold(piece);
            charge();
        } else {
            spill(piece);
        }
    }

    /** Memory for all collected bodies together is bounded: what goes beyond it goes to disk. */
    private void charge() {
        long missing = heldBytes - charged;
        if (missing > 0 && space.tryMemory(missing)) {
            charged += missing;
        } else if (missing > 0) {
            if (rule.disk() == 0) {
                overflown = true;
                lost = "no memory for bodies";
            }
            rule = new BufferRule(Math.max(1, heldBytes), rule.most() - heldBytes);
        }
    }

    private void spill(ByteBuf piece) {
        SpillFile file = spill;
        if (file == null && rule.disk() > 0 && lost == null) {
            file = new SpillFile(space, loop, this, rule.most() - heldBytes);
            spill = file;
        }
        if (file == null) {
            piece.release();
            overflown = true;
        } else if (!file.append(piece)) {
            spillOverflown(file);
        }
    }

    private void seal() {
        SpillFile file = spill;
        if (file != null && !overflown && !file.seal()) {
            spillOverflown(file);
        }
    }

    private void spillOverflown(SpillFile file) {
        overflown = true;
        if (file.bytes() < rule.disk()) {
            lost = "no disk for bodies";
        }
    }

    @Override
    public void spillWritten() {
        if (sink == null && spill != null && !spill.isBusy()) {
            owner.bodyStored();
        }
    }

    // ------------------------------------------------------------------ going on

    /** Where the content goes from now on; what is held goes first, behind the head in {@code out} where it fits. */
    public void sendTo(UpstreamConnection connection, ByteBuf out) {
        sink = connection;
        boolean joined = heldBytes <= out.maxFastWritableBytes() && heldBytes <= MOST_JOINED;
        if (joined) {
            copyTo(out);
            connection.write(out);
        } else {
            connection.write(out);
            for (int i = 0; i < held.size(); i++) {
                connection.write(held.get(i).retainedDuplicate());
            }
        }
        if (!keeping || !rule.isOn() && heldBytes > MOST_HELD) {
            stopKeeping();
        }
        nextRecord = 0;
        sendSpilled();
    }

    /** The connection can take more. */
    public void sendSpilled() {
        SpillFile file = spill;
        UpstreamConnection to = sink;
        // To ask for room may make room, and bring us here again: ask first.
        if (file != null && to != null && to.hasRoom() && !reading && to == sink && nextRecord < file.records()) {
            reading = true;
            file.read(nextRecord);
        }
    }

    @Override
    public void spillRead(ByteBuf record, int number) {
        reading = false;
        UpstreamConnection to = sink;
        // Another try may have begun meanwhile: it wants the first record.
        if (to == null || number != nextRecord) {
            record.release();
        } else {
            nextRecord++;
            to.write(record);
            owner.bodyMoved(to);
        }
        if (sink != null) {
            if (isSent() && !keeping) {
                closeSpill();
            }
            sendSpilled();
        }
    }

    @Override
    public void spillFailed(String detail) {
        overflown = true;
        lost = detail;
        owner.bodyLost(detail);
    }

    /** Appends what is held. */
    public void copyTo(ByteBuf out) {
        for (int i = 0; i < held.size(); i++) {
            ByteBuf piece = held.get(i);
            out.writeBytes(piece, piece.readerIndex(), piece.readableBytes());
        }
    }

    /** The connection is no more; content is held again. */
    public void detach() {
        sink = null;
    }

    public ParseError error() {
        return reader.error();
    }

    // ------------------------------------------------------------------ ending

    private void drop() {
        for (int i = 0; i < held.size(); i++) {
            held.get(i).release();
        }
        held.clear();
        heldBytes = 0;
        gathering = false;
        if (charged > 0) {
            space.returnMemory(charged);
            charged = 0;
        }
    }

    private void closeSpill() {
        SpillFile file = spill;
        spill = null;
        if (file != null) {
            file.close();
        }
    }

    public void end() {
        begun = false;
        sink = null;
        drop();
        closeSpill();
    }
}
