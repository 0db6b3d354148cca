package dev.moorgate.dataplane.forward.body;

import dev.moorgate.dataplane.http.BodyKind;
import dev.moorgate.dataplane.http.BodyReader;
import dev.moorgate.dataplane.http.HeadLimits;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.MessageHead;
import dev.moorgate.dataplane.http.ParseError;
import dev.moorgate.dataplane.http.Progress;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.upstream.Outlet;
import dev.moorgate.dataplane.upstream.UpstreamStream;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.EventExecutor;
import org.jspecify.annotations.Nullable;

/**
 * The content of a request on its way: held until there is a connection to send it on, kept while it may have to be sent
 * again, passed on as it came (chunks keep their framing where the upstream takes it). Where the route collects bodies, what does not fit into memory goes
 * into a {@link SpillFile} and comes back from it for each try. One per exchange; its event loop only.
 */
public final class RequestBody implements SpillUser {
    /** Most that is held for a connection or for another try, unless the route collects bodies. */
    public static final int MOST_HELD = 64 << 10;
    /** Content that leaves in one buffer with its head, at most. */
    public static final int MOST_JOINED = 8 << 10;

    public final SentKey key = new SentKey();

    private final BodyReader reader = new BodyReader();
    private final HeldPieces held = new HeldPieces();
    private final RequestSink sink;
    private final HeadWriter writer;
    private final BufferSpace space;
    private final EventExecutor loop;
    private final RequestOwner owner;
    private long charged;
    private HeadLimits limits = HeadLimits.STANDARD;
    private BodyKind kind = BodyKind.NONE;
    private long bareBytes;
    private byte @Nullable [] trailerLines;
    private boolean bare;
    private BufferRule rule = BufferRule.OFF;
    private boolean whole;
    private boolean keeping;
    private boolean forgotten;
    private boolean overflown;
    private boolean begun;
    private @Nullable String lost;
    private @Nullable SpillFile spill;
    private int nextRecord;
    private boolean reading;

    public RequestBody(HeadWriter writer, BufferSpace space, EventExecutor loop, RequestOwner owner) {
        this.writer = writer;
        this.space = space;
        this.loop = loop;
        this.owner = owner;
        sink = new RequestSink(writer);
    }

    /** Begins content that is framed as HTTP/1.1 does: {@link #read}. */
    public void begin(RequestHead head, HeadLimits by) {
        reader.begin(head, by);
        begin(head, by, false, reader.isDone());
    }

    /** Begins content that comes bare: {@link #take} and {@link #end(MessageHead, RequestHead)}. */
    public void beginBare(RequestHead head, HeadLimits by) {
        begin(head, by, true, head.bodyKind() == BodyKind.NONE);
    }

    private void begin(RequestHead head, HeadLimits by, boolean isBare, boolean isWhole) {
        limits = by;
        kind = head.bodyKind();
        bare = isBare;
        bareBytes = 0;
        trailerLines = null;
        whole = isWhole;
        rule = BufferRule.OFF;
        keeping = true;
        forgotten = false;
        overflown = false;
        begun = true;
        lost = null;
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

    /** Whether the head for {@code upstream} has to announce chunks. */
    public boolean isChunkedTo(UpstreamStream upstream) {
        return RequestSink.needsChunks(upstream, kind);
    }

    /** Whether there is nothing of it. */
    public boolean isEmpty() {
        return whole && held.bytes() == 0 && spill == null && trailerLines == null && !forgotten;
    }

    /** Bytes of content so far, without the framing of chunks. */
    public long received() {
        return !begun ? 0 : bare ? bareBytes : reader.received();
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
        return rule.isOn() ? spill != null && spill.isBusy() : held.bytes() >= MOST_HELD;
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
        return held.bytes();
    }

    /** Another try will not come: what was sent need not be kept. */
    public void stopKeeping() {
        keeping = false;
        if (sink.upstream() != null) {
            drop();
            forgotten = true;
            if (isSent()) {
                closeSpill();
            }
        }
    }

    // ------------------------------------------------------------------ coming in

    /** Takes content from {@code in}: DATA is not among the answers. */
    public Progress read(ByteBuf in, RequestHead head, Outlet client) {
        while (true) {
            Progress progress = reader.readVerbatim(in);
            switch (progress) {
                case DATA -> pass(reader.retainedData(in));
                case COMPLETE -> {
                    if (!whole) {
                        whole = true;
                        trailers(head, client);
                        seal();
                        sentAll();
                    }
                    return progress;
                }
                case INCOMPLETE, REFUSED -> {
                    return progress;
                }
            }
        }
    }

    /** Takes over content that came bare. */
    public void take(ByteBuf piece) {
        bareBytes += piece.readableBytes();
        pass(piece);
    }

    /** Content that came bare is whole. */
    public void end(@Nullable MessageHead trailers, RequestHead head) {
        if (whole) {
            return;
        }
        whole = true;
        trailerLines = trailers == null ? null : TrailerRule.lines(trailers, head, writer);
        seal();
        sentAll();
    }

    private void sentAll() {
        if (sink.upstream() != null && isSent()) {
            sink.end(trailerLines);
        }
    }

    private void trailers(RequestHead head, Outlet client) {
        MessageHead trailers = reader.trailers();
        if (trailers != null) {
            ByteBuf out = client.buffer(256);
            TrailerRule.write(trailers, head, writer, out);
            pass(out);
        }
    }

    private void pass(ByteBuf piece) {
        if (sink.upstream() == null) {
            if (rule.isOn()) {
                keep(piece);
            } else {
                held.add(piece);
            }
            return;
        }
        if (keeping && held.bytes() + piece.readableBytes() <= MOST_HELD) {
            held.add(piece.retainedDuplicate());
        } else {
            stopKeeping();
        }
        sink.write(piece);
    }

    private void keep(ByteBuf piece) {
        if (overflown) {
            piece.release();
        } else if (spill == null && held.bytes() + piece.readableBytes() <= rule.memory()) {
            held.add(piece);
            charge();
        } else {
            spill(piece);
        }
    }

    /** Memory for all collected bodies together is bounded: what goes beyond it goes to disk. */
    private void charge() {
        long missing = held.bytes() - charged;
        if (missing > 0 && space.tryMemory(missing)) {
            charged += missing;
        } else if (missing > 0) {
            if (rule.disk() == 0) {
                overflown = true;
                lost = "no memory for bodies";
            }
            rule = new BufferRule(Math.max(1, held.bytes()), rule.most() - held.bytes());
        }
    }

    private void spill(ByteBuf piece) {
        SpillFile file = spill;
        if (file == null && rule.disk() > 0 && lost == null) {
            file = new SpillFile(space, loop, this, rule.most() - held.bytes());
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
        if (sink.upstream() == null && spill != null && !spill.isBusy()) {
            owner.bodyStored();
        }
    }

    // ------------------------------------------------------------------ going on

    /**
     * Where the content goes from now on; what is held goes first.
     *
     * @param out the head, which content may stand behind; null: it is on its way, and if nothing follows it said so
     */
    public void sendTo(UpstreamStream upstream, RequestHead head, @Nullable ByteBuf out) {
        boolean empty = out == null && isEmpty();
        key.read(head, bare ? out : null);
        sink.begin(upstream, head, bare, limits);
        sink.begin(out, held, MOST_JOINED);
        if (!keeping || !rule.isOn() && held.bytes() > MOST_HELD) {
            stopKeeping();
        }
        nextRecord = 0;
        if (empty) {
            sink.isEnded();
        } else {
            sentAll();
        }
        sendSpilled();
    }

    /** The connection can take more. */
    public void sendSpilled() {
        SpillFile file = spill;
        if (file != null && sink.hasRoom() && !reading && nextRecord < file.records()) {
            reading = true;
            file.read(nextRecord);
        }
    }

    @Override
    public void spillRead(ByteBuf record, int number) {
        reading = false;
        UpstreamStream to = sink.upstream();
        // Another try may have begun meanwhile: it wants the first record.
        if (to == null || number != nextRecord) {
            record.release();
        } else {
            nextRecord++;
            sink.write(record);
            sentAll();
            owner.bodyMoved(to);
        }
        if (sink.upstream() != null) {
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

    /** Appends what is held, without any framing. */
    public void copyTo(ByteBuf out, RequestHead head) {
        if (kind != BodyKind.CHUNKED || bare) {
            held.copyTo(out);
        } else {
            held.copyBareTo(out, head, limits);
        }
    }

    /** The connection is no more; content is held again. */
    public void detach() {
        sink.detach();
    }

    public ParseError error() {
        return reader.error();
    }

    // ------------------------------------------------------------------ ending

    private void drop() {
        held.drop();
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
        sink.detach();
        trailerLines = null;
        drop();
        closeSpill();
    }
}
