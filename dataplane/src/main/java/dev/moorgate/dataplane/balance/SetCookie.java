package dev.moorgate.dataplane.balance;

import dev.moorgate.dataplane.http.Fields;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.routetable.StickySession.SameSite;
import dev.moorgate.routetable.StickySession.Secure;
import dev.moorgate.routetable.StickySession.Token;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Writes a token into the response: Set-Cookie (RFC 6265bis 4.1), or a header. Immutable. */
final class SetCookie {
    private static final byte[] SET_COOKIE = ascii("Set-Cookie");
    private static final String OVER = "; Max-Age=0";
    private static final byte[] CACHE_CONTROL = ascii("Cache-Control");

    private final byte[] field;
    private final String before;
    private final String inClear;
    private final String overTls;
    private final long maxAge;
    /** Opens the twin's line; empty: there is none. */
    private final String twinBefore;

    private final String twinOverTls;

    private SetCookie(
            byte[] field,
            String before,
            String inClear,
            String overTls,
            long maxAge,
            String twinBefore,
            String twinOverTls) {
        this.field = field;
        this.before = before;
        this.inClear = inClear;
        this.overTls = overTls;
        this.maxAge = maxAge;
        this.twinBefore = twinBefore;
        this.twinOverTls = twinOverTls;
    }

    /** @param twin name of the cookie for requests from other sites */
    static SetCookie of(Token.Cookie cookie, Optional<String> twin) {
        return new SetCookie(
                SET_COOKIE,
                cookie.name() + "=",
                attributes(cookie, cookie.secure() == Secure.ON, cookie.sameSite()),
                attributes(cookie, cookie.secure() != Secure.OFF, cookie.sameSite()),
                cookie.maxAge().map(Duration::toSeconds).orElse(-1L),
                twin.map(name -> name + "=").orElse(""),
                twin.map(name -> attributes(cookie, true, SameSite.NONE)).orElse(""));
    }

    static SetCookie of(Token.Header header) {
        return new SetCookie(ascii(header.name()), "", "", "", -1, "", "");
    }

    private static String attributes(Token.Cookie cookie, boolean secure, SameSite site) {
        StringBuilder out = new StringBuilder("; Path=").append(cookie.path());
        cookie.domain().ifPresent(domain -> out.append("; Domain=").append(domain));
        if (secure) {
            out.append("; Secure");
        }
        if (cookie.httpOnly()) {
            out.append("; HttpOnly");
        }
        out.append("; SameSite=").append(sameSite(site));
        if (cookie.partitioned()) {
            out.append("; Partitioned");
        }
        return out.toString();
    }

    private static String sameSite(SameSite value) {
        return switch (value) {
            case STRICT -> "Strict";
            case LAX -> "Lax";
            case NONE -> "None";
        };
    }

    /**
     * The line with the token.
     *
     * @param age seconds since the session began: a permanent cookie ends with the session's first promise
     */
    void write(String token, long age, SessionUse.Transport transport, HeadWriter out) {
        boolean isSafe = transport == SessionUse.Transport.TLS;
        out.add(field, line(before, token, age, isSafe ? overTls : inClear));
        if (isSafe && !twinBefore.isEmpty()) {
            out.add(field, line(twinBefore, token, age, twinOverTls));
        }
    }

    /** The line that takes the token from the client. */
    void end(SessionUse.Transport transport, HeadWriter out) {
        boolean isSafe = transport == SessionUse.Transport.TLS;
        out.add(field, before + OVER + (isSafe ? overTls : inClear));
        if (isSafe && !twinBefore.isEmpty()) {
            out.add(field, twinBefore + OVER + twinOverTls);
        }
    }

    private StringBuilder line(String opening, String token, long age, String attributes) {
        StringBuilder value = new StringBuilder(192).append(opening).append(token);
        if (maxAge >= 0) {
            value.append("; Max-Age=").append(Math.max(1, maxAge - age));
        }
        return value.append(attributes);
    }

    /**
     * Keeps shared caches from handing one client's token to another (RFC 9111 5.2.2.7): what the response says of private
     * or no-store stands, else it becomes private, and what invites shared caches goes.
     */
    static void keepPrivate(ResponseHead head, HeadWriter out) {
        int field = head.indexOf(Fields.CACHE_CONTROL);
        if (field < 0) {
            out.add(CACHE_CONTROL, "private");
            return;
        }
        List<String> kept = new ArrayList<>();
        kept.add("private");
        for (int i = field; i >= 0; i = head.indexOf(Fields.CACHE_CONTROL, i + 1)) {
            for (String directive : head.valueString(i).split(",", -1)) {
                String name = directive.strip().toLowerCase(Locale.ROOT);
                if (name.equals("private") || name.equals("no-store")) {
                    return;
                }
                if (!name.isEmpty() && !name.equals("public") && !name.startsWith("s-maxage")) {
                    kept.add(directive.strip());
                }
            }
        }
        head.dropAll(Fields.mask(Fields.CACHE_CONTROL));
        out.add(CACHE_CONTROL, String.join(", ", kept));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
