package dev.moorgate.operator.compile.pem;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The DNS names of a certificate (RFC 5280 4.2.1.6), read one by one: the JDK gives none at all where any other name, such as the URI
 * {@code *}, is not to its taste. Pure.
 */
final class AlternativeNames {
    private static final String EXTENSION = "2.5.29.17";
    private static final int DNS_NAME = 0x82;
    private static final int LONG_LENGTH = 0x80;

    private AlternativeNames() {}

    /** Lower case, sorted. */
    static List<String> dns(X509Certificate certificate) {
        byte @Nullable [] extension = certificate.getExtensionValue(EXTENSION);
        NavigableSet<String> names = new TreeSet<>();
        if (extension != null) {
            try {
                read(inside(inside(ByteBuffer.wrap(extension))), names);
            } catch (BufferUnderflowException | IndexOutOfBoundsException | ArithmeticException cutShort) {
                return List.copyOf(names);
            }
        }
        return List.copyOf(names);
    }

    private static void read(ByteBuffer list, NavigableSet<String> names) {
        while (list.hasRemaining()) {
            int tag = list.get(list.position()) & 0xff;
            ByteBuffer value = inside(list);
            if (tag == DNS_NAME) {
                names.add(StandardCharsets.US_ASCII.decode(value).toString().toLowerCase(Locale.ROOT));
            }
        }
    }

    /** The content of the next element, which is skipped (X.690 8.1). */
    private static ByteBuffer inside(ByteBuffer elements) {
        elements.get();
        int length = elements.get() & 0xff;
        if (length >= LONG_LENGTH) {
            int octets = length - LONG_LENGTH;
            length = 0;
            for (int i = 0; i < octets; i++) {
                length = Math.addExact(Math.multiplyExact(length & 0x7f_ffff, 256), elements.get() & 0xff);
            }
        }
        ByteBuffer content = elements.slice(elements.position(), length);
        elements.position(elements.position() + length);
        return content;
    }
}
