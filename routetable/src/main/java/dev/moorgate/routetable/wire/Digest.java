package dev.moorgate.routetable.wire;

import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.Redacted;
import dev.moorgate.routetable.RouteTable;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * SHA-256 over a canonical form of a value: equal exactly when the values are, on every machine. Every text and list is
 * preceded by its length and every optional by whether it is there, so that no two values give the same octets. Needs no
 * JSON. One thread, once.
 */
public final class Digest {
    private final MessageDigest sha = sha256();
    private final ByteBuffer buffer = ByteBuffer.allocate(8192);

    private Digest() {}

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
        var digest = new Digest();
        digest.fields(Shape.of(part.getClass()), part);
        digest.flush();
        return HexFormat.of().formatHex(digest.sha.digest());
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
            case Shape.Struct struct -> fields(struct, value);
            case Shape.OneOf options -> {
                text(options.word(value));
                fields(options.struct(value), value);
            }
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
