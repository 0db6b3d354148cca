package dev.moorgate.dataplane.process;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.util.ArrayList;
import java.util.List;

/** A process whose event loop fills the heap, as a defect would. It ends by itself only where the JVM ends it. */
final class HeapFiller {
    private HeapFiller() {}

    public static void main(String[] arguments) {
        var loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        loops.next().execute(HeapFiller::fill);
        loops.terminationFuture().syncUninterruptibly();
    }

    private static void fill() {
        List<byte[]> kept = new ArrayList<>();
        while (kept.size() < Integer.MAX_VALUE) {
            kept.add(new byte[1 << 20]);
        }
    }
}
