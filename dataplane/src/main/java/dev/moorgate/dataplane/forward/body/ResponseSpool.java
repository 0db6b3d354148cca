package dev.moorgate.dataplane.forward.body;

import dev.moorgate.dataplane.upstream.Outlet;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.EventExecutor;
import org.jspecify.annotations.Nullable;

/**
 * What a client has not taken of an answer yet, so that the endpoint need not wait for it: in the client's own queue up to
 * the rule's memory, then in a {@link SpillFile}. Made when a client first falls behind; delays nothing for one that does not. Its
 * event loop only.
 */
final class ResponseSpool implements SpillUser {
    private static final int STEP = 16 << 10;

    private final BufferSpace space;
    private final EventExecutor loop;
    private final Outlet client;
    private final BufferRule rule;
    private final ResponseOwner owner;
    private long charged;
    private @Nullable SpillFile file;
    private int nextRecord;
    private boolean reading;
    private boolean full;
    private boolean ended;
    private boolean broken;

    ResponseSpool(BufferSpace space, EventExecutor loop, Outlet client, BufferRule rule, ResponseOwner owner) {
        this.space = space;
        this.loop = loop;
        this.client = client;
        this.rule = rule;
        this.owner = owner;
    }

    /** Takes over {@code bytes}. */
    void write(ByteBuf bytes) {
        SpillFile known = file;
        if (known == null || isEmpty(known)) {
            if (client.pendingBytes() + bytes.readableBytes() <= rule.memory() && charge(bytes.readableBytes())) {
                client.write(bytes);
                return;
            }
            if (rule.disk() == 0) {
                // it has come already: the endpoint is told to pause, by the queue's length
                full = true;
                client.write(bytes);
                return;
            }
        }
        if (known == null) {
            known = new SpillFile(space, loop, this, rule.disk() + 4L * SpillFile.RECORD);
            file = known;
        }
        broken |= !known.append(bytes);
        pump();
    }

    /** Whether something of the answer is lost, for want of disk. */
    boolean isBroken() {
        return broken;
    }

    /** The queue's bytes count against all kept bodies' memory. */
    private boolean charge(int more) {
        long missing = client.pendingBytes() + more - charged;
        if (missing <= 0) {
            return true;
        }
        long step = Math.max(STEP, missing);
        if (space.tryMemory(step)) {
            charged += step;
            return true;
        }
        return false;
    }

    /** Whether the endpoint should pause. */
    boolean isFull() {
        SpillFile known = file;
        if (known == null) {
            return !client.hasRoom() && (full || client.pendingBytes() >= rule.memory());
        }
        return known.isBusy() || known.bytes() >= rule.disk();
    }

    /** The client can take more. */
    void clientWritable() {
        full = false;
        pump();
    }

    private void pump() {
        SpillFile known = file;
        // To ask for room may make room, and bring us here again: ask first.
        while (known != null && client.hasRoom() && !reading && known == file) {
            if (nextRecord < known.records()) {
                reading = true;
                known.read(nextRecord);
            } else if (known.hasGathered()) {
                client.write(known.takeGathered());
            } else {
                break;
            }
        }
        if (ended && isDrained()) {
            owner.spoolDrained();
        }
    }

    private static boolean isEmpty(SpillFile known) {
        return known.unread() == 0 && !known.hasGathered();
    }

    /** The answer is whole. */
    void end() {
        ended = true;
    }

    /** Whether the client has all but what any client may have waiting for it. */
    boolean isDrained() {
        SpillFile known = file;
        return (known == null || isEmpty(known)) && client.hasRoom();
    }

    void close() {
        SpillFile known = file;
        file = null;
        if (known != null) {
            known.close();
        }
        space.returnMemory(charged);
        charged = 0;
    }

    @Override
    public void spillWritten() {
        owner.spoolMoved();
        pump();
    }

    @Override
    public void spillRead(ByteBuf record, int number) {
        SpillFile known = file;
        reading = false;
        if (known == null) {
            record.release();
            return;
        }
        nextRecord++;
        known.letGo();
        client.write(record);
        owner.spoolMoved();
        pump();
    }

    @Override
    public void spillFailed(String detail) {
        owner.spoolFailed(detail);
    }
}
