package dev.moorgate.dataplane.control;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * Who opened a connection to a Unix domain socket, as the kernel tells it (SO_PEERCRED). Known on epoll; elsewhere the
 * directory of mode 0700 is the only guard.
 */
final class PeerUser {
    private PeerUser() {}

    /** Whether it is certain that another user than this process's opened it. */
    static boolean isStranger(HttpConnection connection, OptionalInt us) {
        if (us.isEmpty()
                || !(connection instanceof ConnectionBase base)
                || !(base.channel() instanceof EpollDomainSocketChannel)) {
            return false;
        }
        OptionalInt peer = of(base.channel());
        return peer.isEmpty() || peer.getAsInt() != us.getAsInt();
    }

    private static OptionalInt of(Channel channel) {
        try {
            return OptionalInt.of(
                    ((EpollDomainSocketChannel) channel).peerCredentials().uid());
        } catch (IOException gone) {
            return OptionalInt.empty();
        }
    }

    /** The user of this process; empty where the system does not tell. */
    static OptionalInt us() {
        try {
            return OptionalInt.of((int) Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return OptionalInt.empty();
        }
    }
}
