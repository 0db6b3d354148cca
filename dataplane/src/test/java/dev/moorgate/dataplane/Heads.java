package dev.moorgate.dataplane;

import dev.moorgate.dataplane.http.HeadLimits;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.Methods;
import dev.moorgate.dataplane.http.Progress;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Heads from text and back, for the tests of the pure packages. */
public final class Heads {
    private Heads() {}

    /** A GET with Host and further field lines. */
    public static RequestHead get(String host, String target, String... fields) {
        return request("GET", host, target, fields);
    }

    public static RequestHead request(String method, String host, String target, String... fields) {
        String lines = fields.length == 0 ? "" : String.join("\r\n", fields) + "\r\n";
        return parse(method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\n" + lines + "\r\n");
    }

    public static RequestHead parse(String text) {
        RequestHead head = new RequestHead();
        Progress progress = head.parse(
                Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.ISO_8859_1)),
                new HeadLimits(16 << 10, 64 << 10, 200, 32));
        if (progress != Progress.COMPLETE) {
            throw new AssertionError(progress + " " + (progress == Progress.REFUSED ? head.error() : "") + ": " + text);
        }
        return head;
    }

    public static ResponseHead response(int status, String... fields) {
        String lines = fields.length == 0 ? "" : String.join("\r\n", fields) + "\r\n";
        ResponseHead head = new ResponseHead();
        Progress progress = head.parse(
                Unpooled.wrappedBuffer(
                        ("HTTP/1.1 " + status + " X\r\n" + lines + "\r\n").getBytes(StandardCharsets.ISO_8859_1)),
                HeadLimits.STANDARD,
                Methods.GET);
        if (progress != Progress.COMPLETE) {
            throw new AssertionError(progress + ": " + lines);
        }
        return head;
    }

    /** What a writer holds, once it is ended. */
    public static String written(HeadWriter writer) {
        ByteBuf out = Unpooled.buffer();
        writer.end(out);
        return out.toString(StandardCharsets.ISO_8859_1);
    }

    /** Values of a field in a written head, in order. */
    public static List<String> values(String head, String name) {
        List<String> values = new ArrayList<>();
        for (String line : head.split("\r\n", -1)) {
            if (line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ":")) {
                values.add(line.substring(name.length() + 1).strip());
            }
        }
        return values;
    }
}
