package dev.moorgate.routetable.wire;

import dev.moorgate.routetable.Certificate;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.EndpointTable.UpstreamEndpoints;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.Redacted;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.Upstream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * SHA-256 over a canonical form of a value: equal exactly when the values are, on every machine. Every text and list is
 * preceded by its length and every optional by whether it is there, so that no two values give the same octets. Large parts
 * stand in it with their own digests, which a {@link Memo} keeps from one table to the next. Needs no JSON. One thread, once.
 */
public final class Digest {
    private static final int BUFFER = 2048;
    private static final Set<Class<?>> PARTS = Set.of(
            Route.class,
            Upstream.class,
            StickySession.class,
            Certificate.class,
            KeyRing.class,
            UpstreamEndpoints.class);

    /** The two digits of an octet as UTF-16 units. */
    private static final int[] DIGITS = IntStream.range(0, 256)
            .map(octet -> Character.forDigit(octet >> 4, 16) << 16 | Character.forDigit(octet & 15, 16))
            .toArray();

    private final MessageDigest sha = sha256();
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
    private final Memo memo;

    private Digest(Memo memo) {
        this.memo = memo;
    }

    /**
     * Digests of parts, each computed once while it is the same object from table to table. Confined to one thread, and to tables of one
     * kind.
     */
    public static final class Memo {
        private IdentityHashMap<Object, byte[]> known = new IdentityHashMap<>();
        private IdentityHashMap<Object, byte[]> used = new IdentityHashMap<>();

        public String of(RouteTable table) {
            return whole(table);
        }

        public String of(EndpointTable table) {
            return whole(table);
        }

        private String whole(Record table) {
            byte[] digest = compute(table);
            turn();
            return HexFormat.of().formatHex(digest);
        }

        /** Of a route, an upstream, or what else is worth being remembered. */
        String part(Object part) {
            return HexFormat.of().formatHex(octets(part));
        }

        private byte[] octets(Object part) {
            byte[] digest = known.get(part);
            if (digest == null) {
                digest = used.get(part);
            }
            if (digest == null) {
                digest = compute(part);
            }
            used.put(part, digest);
            return digest;
        }

        private byte[] compute(Object part) {
            var digest = new Digest(this);
            digest.fields(Shape.of(part.getClass().asSubclass(Record.class)), part);
            digest.flush();
            return digest.sha.digest();
        }

        /** What was not asked for since the last turn is forgotten. */
        void turn() {
            known = used;
            used = new IdentityHashMap<>(used.size());
        }
    }

    /** 64 hexadecimal digits. */
    public static String of(RouteTable table) {
        return of((Record) table);
    }

    /** 64 hexadecimal digits. */
    public static String of(EndpointTable table) {
        return of((Record) table);
    }

    /** Of a part of a table: a listener, a virtual host, an upstream. */
    public static String of(Record part) {
        return HexFormat.of().formatHex(new Memo().compute(part));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private void fields(Shape.Struct struct, Object value) {
        for (Shape.Field field : struct.fields()) {
            value(field.shape(), field.of(value));
        }
    }

    private void value(Shape shape, Object value) {
        switch (shape) {
            case Shape.Text text -> text((String) value);
            case Shape.Int number -> number((int) value);
            case Shape.Whole number -> number((long) value);
            case Shape.Bool flag -> number((boolean) value ? 1 : 0);
            case Shape.Span span -> {
                number(((Duration) value).toSeconds());
                number(((Duration) value).toNanosPart());
            }
            case Shape.Word word -> text(((Enum<?>) value).name());
            case Shape.Secret secret -> text(((Redacted) value).value());
            case Shape.Maybe maybe -> {
                @Nullable Object content = Shape.Maybe.content(value);
                number(content == null ? 0 : 1);
                if (content != null) {
                    value(maybe.item(), content);
                }
            }
            case Shape.Many many -> {
                var items = (List<?>) value;
                number(items.size());
                for (Object item : items) {
                    value(many.item(), item);
                }
            }
            case Shape.Struct struct when PARTS.contains(struct.type()) -> hex(memo.octets(value));
            case Shape.Struct struct -> fields(struct, value);
            case Shape.OneOf options -> {
                text(options.word(value));
                fields(options.struct(value), value);
            }
        }
    }

    /** As {@link #text} would write the digits of these octets. */
    private void hex(byte[] octets) {
        number(2L * octets.length);
        if (buffer.remaining() < 2 * Character.BYTES * octets.length) {
            flush();
        }
        for (byte octet : octets) {
            buffer.putInt(DIGITS[octet & 0xff]);
        }
    }

    private void number(long value) {
        if (buffer.remaining() < Long.BYTES) {
            flush();
        }
        buffer.putLong(value);
    }

    /** As UTF-16 units: an encoder would make one of all broken surrogates. */
    private void text(String text) {
        number(text.length());
        for (int i = 0; i < text.length(); i++) {
            if (buffer.remaining() < Character.BYTES) {
                flush();
            }
            buffer.putChar(text.charAt(i));
        }
    }

    private void flush() {
        sha.update(buffer.array(), 0, buffer.position());
        buffer.clear();
    }
}
