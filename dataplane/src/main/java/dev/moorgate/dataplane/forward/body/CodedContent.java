package dev.moorgate.dataplane.forward.body;

import dev.moorgate.dataplane.compress.AnswerCompression;
import dev.moorgate.dataplane.upstream.Outlet;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.EventExecutor;
import org.jspecify.annotations.Nullable;

/**
 * The content of an answer while it is coded. What is read in one turn of the loop is coded together, and the client can read all of it
 * when the turn ends: a stream is never held up, and what comes at once is not cut into pieces. One per exchange; its event loop only.
 */
final class CodedContent {
    private static final int GATHERED = 8 << 10;
    /** Content that is coded into one buffer, which need not grow much then. */
    private static final int STEP = 16 << 10;
    /** Content of one turn; then it is others' turn. */
    private static final int MOST_A_TURN = 128 << 10;

    private final AnswerCompression compression;
    private final EventExecutor loop;
    private final Runnable turnsEnd = this::turnEnds;
    private final Next next;
    private @Nullable Outlet outlet;
    private @Nullable ByteBuf gathered;
    private int unflushed;
    private boolean awaitsTurnsEnd;

    /** What becomes of it. */
    interface Next {
        /** A piece, which stays the caller's. */
        void coded(ByteBuf piece, Outlet client);

        /** All that was coded in this turn has been told. */
        void turnEnded(Outlet client);

        /** A coder failed when the turn ended. */
        void codingFailed(RuntimeException bug);
    }

    CodedContent(AnswerCompression compression, EventExecutor loop, Next next) {
        this.compression = compression;
        this.loop = loop;
        this.next = next;
    }

    void add(ByteBuf in, int start, int length, Outlet client) {
        outlet = client;
        unflushed += length;
        for (int done = 0; done < length; done += STEP) {
            ByteBuf to = buffer(client);
            compression.add(in, start + done, Math.min(STEP, length - done), to);
            if (to.readableBytes() >= GATHERED) {
                pass(client);
            }
        }
        if (!awaitsTurnsEnd) {
            awaitsTurnsEnd = true;
            loop.execute(turnsEnd);
        }
    }

    private ByteBuf buffer(Outlet client) {
        ByteBuf known = gathered;
        ByteBuf buffer = known == null ? client.buffer(GATHERED) : known;
        gathered = buffer;
        return buffer;
    }

    private void pass(Outlet client) {
        ByteBuf piece = gathered;
        gathered = null;
        if (piece != null) {
            if (piece.isReadable()) {
                next.coded(piece, client);
            }
            piece.release();
        }
    }

    /** Whether something was taken in that the client cannot read yet. */
    boolean isUnflushed() {
        return unflushed > 0;
    }

    /** Whether the endpoint has to wait for the next turn. */
    boolean isFull() {
        return unflushed >= MOST_A_TURN;
    }

    /** Tells all that was taken in. */
    void flush(Outlet client) {
        if (unflushed > 0) {
            unflushed = 0;
            compression.flush(buffer(client));
            pass(client);
        }
    }

    /** The content is whole. */
    void finish(Outlet client) {
        unflushed = 0;
        compression.finish(buffer(client));
        pass(client);
    }

    private void turnEnds() {
        awaitsTurnsEnd = false;
        Outlet client = outlet;
        if (client == null || unflushed == 0) {
            return;
        }
        try {
            flush(client);
            next.turnEnded(client);
        } catch (RuntimeException bug) {
            next.codingFailed(bug);
        }
    }

    void end() {
        ByteBuf piece = gathered;
        gathered = null;
        if (piece != null) {
            piece.release();
        }
        outlet = null;
        unflushed = 0;
        compression.end();
    }
}
