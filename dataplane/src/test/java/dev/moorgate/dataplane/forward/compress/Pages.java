package dev.moorgate.dataplane.forward.compress;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.moorgate.dataplane.compress.Coding;
import dev.moorgate.dataplane.compress.Decoded;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.routetable.RoutePolicy.Compression;
import dev.moorgate.routetable.RoutePolicy.Compression.Algorithm;
import dev.moorgate.routetable.RoutePolicy.Compression.Level;
import java.util.List;

/** Contents that gain by compression, and what clients make of answers. */
final class Pages {
    /** All codings, for JSON and text, from 100 bytes. */
    static final Compression ON =
            new Compression(List.of(Algorithm.values()), Level.BALANCED, List.of("application/json", "text/*"), 100);

    private Pages() {}

    static String page(int lines) {
        StringBuilder page = new StringBuilder();
        for (int i = 0; i < lines; i++) {
            page.append("<li>line ").append(i * 7919 % 1000).append(" of many</li>\r\n");
        }
        return page.toString();
    }

    /** A head of 200 for an HTML page with further fields. */
    static String head(String... fields) {
        String lines = fields.length == 0 ? "" : String.join("\r\n", fields) + "\r\n";
        return "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + lines + "\r\n";
    }

    static String whole(String page, String... fields) {
        String length = "Content-Length: " + page.length();
        String lines = fields.length == 0 ? length : length + "\r\n" + String.join("\r\n", fields);
        return head(lines) + page;
    }

    static String chunk(String content) {
        return Integer.toHexString(content.length()) + "\r\n" + content + "\r\n";
    }

    static RawClient.Answer get(RawClient client, String accepted, String... fields) {
        ask(client, "GET", accepted, fields);
        return client.readAnswer();
    }

    static void ask(RawClient client, String method, String accepted, String... fields) {
        String lines = fields.length == 0 ? "" : String.join("\r\n", fields) + "\r\n";
        client.send(method + " / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: " + accepted + "\r\n" + lines + "\r\n");
    }

    static String decoded(Coding coding, String body) {
        return new String(Decoded.whole(coding, body.getBytes(ISO_8859_1)), ISO_8859_1);
    }

    static String decodedSoFar(Coding coding, String body) {
        return new String(Decoded.soFar(coding, body.getBytes(ISO_8859_1)), ISO_8859_1);
    }
}
