package dev.moorgate.dataplane.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When what is written in a turn of the event loop leaves. */
class FlushQueueTest {
    /** Its tasks run when a test says so; those of a channel run with whatever is done to the channel. */
    private final EmbeddedChannel turn = new EmbeddedChannel();

    private final EmbeddedChannel source = new EmbeddedChannel();
    private final EmbeddedChannel target = new EmbeddedChannel();
    private final FlushQueue flushes = new FlushQueue(turn.eventLoop());
    private final Peer to = new Peer(flushes, null);

    /** Passes on what it reads. */
    private static final class Peer extends Conduit {
        private final @Nullable Conduit to;

        Peer(FlushQueue flushes, @Nullable Conduit to) {
            super(flushes);
            this.to = to;
        }

        @Override
        protected void received(ByteBuf bytes) {
            Objects.requireNonNull(to).write(bytes);
        }
    }

    FlushQueueTest() {
        target.pipeline().addLast(to);
        source.pipeline().addLast(new Peer(flushes, to));
    }

    @AfterEach
    void end() {
        assertThat(source.finishAndReleaseAll()).isFalse();
        target.finishAndReleaseAll();
        turn.finishAndReleaseAll();
    }

    private void read(int size) {
        source.pipeline().fireChannelRead(Unpooled.wrappedBuffer(new byte[size]));
    }

    private int sent() {
        return target.outboundMessages().stream()
                .mapToInt(message -> ((ByteBuf) message).readableBytes())
                .sum();
    }

    @Test
    void whatIsSmallWaitsForTheEndOfTheTurn() {
        read(8 << 10);
        read(8 << 10);
        source.pipeline().fireChannelReadComplete();
        assertThat(sent()).isZero();

        turn.runPendingTasks();
        assertThat(sent()).isEqualTo(16 << 10);
    }

    @Test
    void moreThanARecordOfTlsLeavesWhenItsSourceIsRead() {
        read(16 << 10);
        read(1);
        assertThat(sent()).isZero();

        source.pipeline().fireChannelReadComplete();
        assertThat(sent()).isEqualTo((16 << 10) + 1);

        read(100);
        source.pipeline().fireChannelReadComplete();
        assertThat(sent()).isEqualTo((16 << 10) + 1);

        turn.runPendingTasks();
        assertThat(sent()).isEqualTo((16 << 10) + 101);
    }

    @Test
    void whoAsksForRoomSendsWhatIsMuch() {
        read(60 << 10);
        assertThat(to.hasRoom()).isTrue();
        assertThat(sent()).isZero();

        read(4 << 10);
        assertThat(to.hasRoom()).isTrue();
        assertThat(sent()).isEqualTo(64 << 10);

        source.pipeline().fireChannelReadComplete();
        turn.runPendingTasks();
        assertThat(sent()).isEqualTo(64 << 10);
    }
}
