package dev.moorgate.dataplane.filter;

import java.nio.charset.StandardCharsets;

/** Field lines as bytes, put together once and copied often; names are tokens that the code or the table vouches for. */
final class FieldBlock {
    private final StringBuilder lines = new StringBuilder();

    /**
     * @param value one char a byte
     * @throws IllegalArgumentException for a character that no field value may have
     */
    FieldBlock add(String name, String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c < ' ' && c != '\t' || c == 0x7f || c > 0xff) {
                throw new IllegalArgumentException("not allowed in field " + name + ": character " + (int) c);
            }
        }
        lines.append(name).append(": ").append(value).append("\r\n");
        return this;
    }

    byte[] toBytes() {
        return lines.toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}
