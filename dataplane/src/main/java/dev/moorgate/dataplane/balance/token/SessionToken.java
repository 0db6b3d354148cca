package dev.moorgate.dataplane.balance.token;

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
 * @param origin the first half of what the session was bound to before it had to move; 0: it did not, or is not to go back
 * @param followed when the application set its cookie last, as far as that is of interest; 0: it is not
 */
public record SessionToken(
        long session, Bound bound, long backend, long issued, long lastUsed, short flags, long origin, long followed) {
    static final int BYTES = 8 + 16 + 8 + 4 + 4 + 2;
    static final int LONG_BYTES = BYTES + 8 + 4;

    /** The endpoint that a session is bound to: 16 bytes of a hash. */
    public record Bound(long high, long low) {}

    /** Of a session that is where it began and follows no cookie. */
    public SessionToken(long session, Bound bound, long backend, long issued, long lastUsed, short flags) {
        this(session, bound, backend, issued, lastUsed, flags, 0, 0);
    }

    /** Which endpoint that is; a pod without a name is bound by its key. */
    public static Bound bound(Binding binding, Endpoint endpoint) {
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

    public SessionToken usedAt(long seconds) {
        return new SessionToken(session, bound, backend, issued, seconds, flags, origin, followed);
    }

    /** At another endpoint, with nowhere to go back to. */
    public SessionToken movedTo(Bound other, long upstream, long seconds) {
        return new SessionToken(session, other, upstream, issued, seconds, flags, 0, followed);
    }

    /** The same that goes back to where this one is bound to, or to where that one came from. */
    public SessionToken leaving(SessionToken home) {
        long first = home.origin == 0 ? home.bound.high : home.origin;
        return new SessionToken(session, bound, backend, issued, lastUsed, flags, first, followed);
    }

    /** The application has set its cookie. */
    public SessionToken followedAt(long seconds) {
        return new SessionToken(session, bound, backend, issued, lastUsed, flags, origin, seconds);
    }

    boolean isLong() {
        return origin != 0 || followed != 0;
    }

    void write(ByteBuffer to) {
        to.putLong(session).putLong(bound.high).putLong(bound.low).putLong(backend);
        to.putInt((int) issued).putInt((int) lastUsed).putShort(flags);
        if (isLong()) {
            to.putLong(origin).putInt((int) followed);
        }
    }

    static SessionToken read(ByteBuffer from) {
        return new SessionToken(
                from.getLong(),
                new Bound(from.getLong(), from.getLong()),
                from.getLong(),
                Integer.toUnsignedLong(from.getInt()),
                Integer.toUnsignedLong(from.getInt()),
                from.getShort(),
                from.hasRemaining() ? from.getLong() : 0,
                from.hasRemaining() ? Integer.toUnsignedLong(from.getInt()) : 0);
    }
}
