package dev.moorgate.dataplane.listen.tls;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a ClientHello (RFC 8446 4.1.2) says that decides about certificate and protocol.
 *
 * @param serverName lower case, without trailing dot; null: absent
 * @param protocols of ALPN; null: the extension is absent
 * @param signatureSchemes code points (RFC 8446 4.2.3); empty: absent
 * @param cipherSuites code points
 */
public record ClientHello(
        @Nullable String serverName,
        @Nullable List<String> protocols,
        List<Integer> signatureSchemes,
        List<Integer> cipherSuites,
        boolean tls13) {
    private static final int SERVER_NAME = 0;
    private static final int SIGNATURE_ALGORITHMS = 13;
    private static final int ALPN = 16;
    private static final int SUPPORTED_VERSIONS = 43;
    private static final int TLS_1_3 = 0x0304;
    private static final int MOST_NAME_LENGTH = 253;

    /** The hello in {@code body} (without handshake header), or null where it is malformed. */
    public static @Nullable ClientHello parse(ByteBuf body) {
        try {
            return read(body.duplicate());
        } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
            return null;
        }
    }

    private static ClientHello read(ByteBuf body) {
        body.skipBytes(2 + 32);
        body.skipBytes(body.readUnsignedByte());
        List<Integer> suites = shorts(body.readSlice(body.readUnsignedShort()));
        body.skipBytes(body.readUnsignedByte());
        String name = null;
        List<String> protocols = null;
        List<Integer> schemes = List.of();
        boolean tls13 = false;
        if (body.isReadable()) {
            ByteBuf extensions = body.readSlice(body.readUnsignedShort());
            while (extensions.isReadable()) {
                int type = extensions.readUnsignedShort();
                ByteBuf data = extensions.readSlice(extensions.readUnsignedShort());
                switch (type) {
                    case SERVER_NAME -> name = serverName(data);
                    case SIGNATURE_ALGORITHMS -> schemes = shorts(data.readSlice(data.readUnsignedShort()));
                    case ALPN -> protocols = protocols(data.readSlice(data.readUnsignedShort()));
                    case SUPPORTED_VERSIONS ->
                        tls13 = shorts(data.readSlice(data.readUnsignedByte())).contains(TLS_1_3);
                    default -> {}
                }
            }
        }
        return new ClientHello(name, protocols, schemes, suites, tls13);
    }

    private static List<Integer> shorts(ByteBuf data) {
        var values = new ArrayList<Integer>(data.readableBytes() / 2);
        while (data.isReadable()) {
            values.add(data.readUnsignedShort());
        }
        return values;
    }

    private static List<String> protocols(ByteBuf data) {
        var names = new ArrayList<String>(2);
        while (data.isReadable()) {
            names.add(data.readCharSequence(data.readUnsignedByte(), StandardCharsets.ISO_8859_1)
                    .toString());
        }
        return names;
    }

    /** RFC 6066 3: one name of type host_name, letters, digits, hyphens and dots. */
    private static String serverName(ByteBuf data) {
        ByteBuf names = data.readSlice(data.readUnsignedShort());
        require(names.readUnsignedByte() == 0);
        int length = names.readUnsignedShort();
        String name = names.readCharSequence(length, StandardCharsets.ISO_8859_1)
                .toString()
                .toLowerCase(Locale.ROOT);
        require(!names.isReadable());
        if (name.endsWith(".")) {
            name = name.substring(0, name.length() - 1);
        }
        require(isHostName(name));
        return name;
    }

    private static boolean isHostName(String name) {
        if (name.isEmpty() || name.length() > MOST_NAME_LENGTH) {
            return false;
        }
        for (int i = 0, label = 0; i <= name.length(); i++) {
            char c = i == name.length() ? '.' : name.charAt(i);
            if (c == '.') {
                if (label == 0 || label > 63) {
                    return false;
                }
                label = 0;
            } else if (c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-') {
                label++;
            } else {
                return false;
            }
        }
        return true;
    }

    private static void require(boolean condition) {
        if (!condition) {
            throw new IllegalArgumentException("malformed server name");
        }
    }
}
