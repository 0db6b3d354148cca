package dev.moorgate.operator.compile.sticky;

import dev.moorgate.operator.crd.StickyPolicySpec;
import dev.moorgate.operator.crd.StickyPolicySpec.Mode;
import dev.moorgate.operator.crd.StickyTokens.Cookie;
import dev.moorgate.operator.crd.StickyTokens.Secure;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * The names of one policy's tokens. A seat is what one token is for: an upstream, or a split ({@code a+b}) with StickToBackend. Two
 * seats never share a name, for a client would lose one session by using the other: the first that the targets lead to has the
 * policy's own name, every other one a suffix made from the seat, so that a seat that is added changes no other name.
 */
final class SessionSeats {
    private static final String HOST_PREFIX = "__Host-";

    private final String name;
    private final String first;

    private SessionSeats(String name, String first) {
        this.name = name;
        this.first = first;
    }

    /**
     * Names for the seats.
     *
     * @param origin what the name is derived from where the policy gives none: its first target
     * @param seats in the order of the targets; may be empty
     */
    static SessionSeats of(StickyPolicySpec spec, String origin, List<String> seats) {
        return new SessionSeats(base(spec, origin), seats.isEmpty() ? "" : seats.getFirst());
    }

    /** The policy's own name; empty with Hash. */
    String name() {
        return name;
    }

    /** Of one seat. */
    String name(String seat) {
        return seat.equals(first) || name.isEmpty() ? name : name + "-" + hash(seat, 3);
    }

    /**
     * {@code __Host-} only where the cookie is secure in any case: with Auto the same session is met over clear HTTP too, where
     * browsers refuse that prefix, and its name must be the same on both.
     */
    private static String base(StickyPolicySpec spec, String origin) {
        if (spec.mode() == Mode.HASH) {
            return "";
        }
        if (spec.header() != null) {
            return spec.header().name();
        }
        Cookie cookie = spec.cookieInForce();
        if (cookie.name() != null) {
            return cookie.name();
        }
        boolean bound = cookie.secure() == Secure.ALWAYS && cookie.path().equals("/") && cookie.domain() == null;
        return (bound ? HOST_PREFIX : "") + "moor-" + hash(origin, 4);
    }

    private static String hash(String text, int bytes) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
