package dev.moorgate.dataplane.balance;

import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.StickySession.Binding;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * What a client carries, in clear. Times are seconds since the epoch.
 *
 * @param session random; tells sessions apart and nothing else
 * @param backend of the upstream's name
 * @param issued when the session began: absoluteTimeout counts from here
 * @param lastUsed when the token was last made anew: idleTimeout counts from here
 * @param flags none are defined; kept when a token is made anew
 */
record SessionToken(long session, Bound bound, long backend, long issued, long lastUsed, short flags) {
    static final int BYTES = 8 + 16 + 8 + 4 + 4 + 2;

    /** The endpoint that a session is bound to: 16 bytes of a hash. */
    record Bound(long high, long low) {}

    /** Which endpoint that is; a pod without a name is bound by its key. */
    static Bound bound(Binding binding, Endpoint endpoint) {
        String named = switch (binding) {
            case POD_UID -> "uid\0" + endpoint.key();
            case POD_NAME ->
                endpoint.podName().isEmpty()
                        ? "uid\0" + endpoint.key()
                        : "name\0" + endpoint.podName() + "\0" + endpoint.port();
            case ENDPOINT -> "address\0" + endpoint.address() + "\0" + endpoint.port();
        };
        try {
            ByteBuffer digest = ByteBuffer.wrap(
                    MessageDigest.getInstance("SHA-256").digest(named.getBytes(StandardCharsets.UTF_8)));
            return new Bound(digest.getLong(), digest.getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    SessionToken usedAt(long seconds) {
        return new SessionToken(session, bound, backend, issued, seconds, flags);
    }

    SessionToken movedTo(Bound other, long upstream, long seconds) {
        return new SessionToken(session, other, upstream, issued, seconds, flags);
    }

    void write(ByteBuffer to) {
        to.putLong(session).putLong(bound.high).putLong(bound.low).putLong(backend);
        to.putInt((int) issued).putInt((int) lastUsed).putShort(flags);
    }

    static SessionToken read(ByteBuffer from) {
        return new SessionToken(
                from.getLong(),
                new Bound(from.getLong(), from.getLong()),
                from.getLong(),
                Integer.toUnsignedLong(from.getInt()),
                Integer.toUnsignedLong(from.getInt()),
                from.getShort());
    }
}
