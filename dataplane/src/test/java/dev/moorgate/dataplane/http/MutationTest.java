package dev.moorgate.dataplane.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Random damage to good messages, the same in every run: nothing is thrown, nothing is accepted that a second, slow and
 * separately written reading of RFC 9112 refuses, and what is forwarded can be read in one way only.
 */
class MutationTest {
    private static final int ROUNDS = 25_000;
    private static final String TOKEN = "[A-Za-z0-9!#$%&'*+.^_`|~-]";
    private static final Pattern REQUEST_LINE =
            Pattern.compile("(" + TOKEN + "{1,32}) ([!-\"$-\\[\\]-~]|[!-\"$-~]{2,}) HTTP/1\\.([01])");
    private static final Pattern STATUS_LINE =
            Pattern.compile("HTTP/1\\.([01]) ([1-5][0-9]{2})(| [\\t -~\\x80-\\xff]*)");
    private static final Pattern FIELD = Pattern.compile("(" + TOKEN + "+):[\\t ]*([\\t -~\\x80-\\xff]*?)[\\t ]*");
    private static final Pattern LENGTH = Pattern.compile("[0-9]{1,19}");
    private static final Pattern AUTHORITY =
            Pattern.compile("([A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*\\.?|\\[[0-9A-Fa-f:.]+])(:[0-9]{1,5})?");

    static final List<String> REQUESTS = List.of(
            "GET /a/b/../c?d=e HTTP/1.1\r\nHost: shop.example:8080\r\nUser-Agent: x\r\nAccept: */*\r\n\r\n",
            "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\nExpect: 100-continue\r\nCookie: a=b; c=d\r\n\r\n",
            "PUT /%7ex HTTP/1.1\r\nHost: [::1]:80\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\nConnection: close\r\n\r\n",
            "GET http://h.example/x HTTP/1.1\r\nHost: y\r\nConnection: keep-alive, X-A\r\nX-A: 1\r\nX_B: 2\r\n\r\n",
            "GET /chat HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\n",
            "\r\nOPTIONS * HTTP/1.0\r\nHost: h\r\nKeep-Alive: 5\r\n\r\n");
    static final List<String> RESPONSES = List.of(
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: s\r\nSet-Cookie: a=b\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\nConnection: close, X-A\r\nX-A: 1\r\n\r\n",
            "HTTP/1.0 301 Moved\r\nLocation: /x\r\n\r\n");
    static final List<String> CHUNKS = List.of(
            "5\r\nhello\r\n0\r\n\r\n",
            "a;b=c\r\n0123456789\r\n1\r\nx\r\n0\r\nX-Sum: 1\r\nHost: h\r\n\r\n",
            "3;a=\"b\"\r\n\r\n0\r\n0\r\n\r\n");
    private static final String SPICE = "\r\n\t :,;\0\u007f\u0080\u00ff\"\\/%#?.+-0_x\u000b";

    @Test
    void damagedRequestsAreRefusedOrMeanOneThing() {
        Random random = new Random(1);
        RequestHead head = new RequestHead();
        int accepted = 0;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] input = damage(random, REQUESTS);
            ByteBuf in = Unpooled.wrappedBuffer(input);
            if (head.parse(in, HeadLimits.STANDARD) == Progress.COMPLETE) {
                accepted++;
                String text = Feed.latin(Unpooled.wrappedBuffer(input, 0, in.readerIndex()));
                assertThat(isRequest(text)).as("%s", text).isTrue();
                String out = Feed.forwarded(head);
                assertThat(isRequest(out) || !head.isHttp11()).as("%s", out).isTrue();
                assertThat(out.toLowerCase(Locale.ROOT))
                        .doesNotContain("\r\ntransfer-encoding:", "\r\nconnection:", "\r\nx_");
            } else {
                head.reset();
            }
        }
        assertThat(accepted).isBetween(ROUNDS / 10, ROUNDS * 9 / 10);
    }

    @Test
    void damagedResponsesAreRefusedOrMeanOneThing() {
        Random random = new Random(2);
        ResponseHead head = new ResponseHead();
        int accepted = 0;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] input = damage(random, RESPONSES);
            ByteBuf in = Unpooled.wrappedBuffer(input);
            if (head.parse(in, HeadLimits.STANDARD, Methods.GET) == Progress.COMPLETE) {
                accepted++;
                String text = Feed.latin(Unpooled.wrappedBuffer(input, 0, in.readerIndex()));
                assertThat(isResponse(text)).as("%s", text).isTrue();
                assertThat(isResponse(Feed.forwarded(head))).as("%s", text).isTrue();
            } else {
                head.reset();
            }
        }
        assertThat(accepted).isBetween(ROUNDS / 10, ROUNDS * 9 / 10);
    }

    @Test
    void damagedChunksAreRefusedOrYieldWhatTheReferenceYields() {
        Random random = new Random(3);
        RequestHead head = Feed.request("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
        BodyReader body = new BodyReader();
        int accepted = 0;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] input = damage(random, CHUNKS);
            ByteBuf in = Unpooled.wrappedBuffer(input);
            body.begin(head, HeadLimits.STANDARD);
            StringBuilder data = new StringBuilder();
            Progress progress;
            while ((progress = body.read(in)) == Progress.DATA) {
                data.append(Feed.latin(in.slice(body.dataStart(), body.dataLength())));
            }
            if (progress == Progress.COMPLETE) {
                accepted++;
                String text = Feed.latin(Unpooled.wrappedBuffer(input, 0, in.readerIndex()));
                assertThat(dechunk(text)).as("%s", text).isEqualTo(data.toString());
            }
        }
        assertThat(accepted).isBetween(ROUNDS / 20, ROUNDS * 9 / 10);
    }

    private static byte[] damage(Random random, List<String> seeds) {
        byte[] bytes = Feed.latin(seeds.get(random.nextInt(seeds.size())));
        for (int hits = 1 + random.nextInt(3); hits > 0 && bytes.length > 0; hits--) {
            int at = random.nextInt(bytes.length);
            byte spice = (byte) SPICE.charAt(random.nextInt(SPICE.length()));
            switch (random.nextInt(6)) {
                case 0 -> bytes[at] = (byte) random.nextInt(256);
                case 1 -> bytes[at] = spice;
                case 2 -> bytes = splice(bytes, at, at + 1, new byte[0]);
                case 3 -> bytes = splice(bytes, at, at, new byte[] {spice});
                case 4 -> {
                    int from = random.nextInt(bytes.length);
                    int to = Math.min(bytes.length, from + random.nextInt(30));
                    bytes = splice(bytes, at, at, Arrays.copyOfRange(bytes, from, to));
                }
                default -> bytes = splice(bytes, at, Math.min(bytes.length, at + random.nextInt(20)), new byte[0]);
            }
        }
        return bytes;
    }

    private static byte[] splice(byte[] bytes, int from, int to, byte[] insert) {
        byte[] result = Arrays.copyOf(bytes, bytes.length - (to - from) + insert.length);
        System.arraycopy(insert, 0, result, from, insert.length);
        System.arraycopy(bytes, to, result, from + insert.length, bytes.length - to);
        return result;
    }

    // ------------------------------------------------------------------ the slow reading

    private static boolean isRequest(String text) {
        String head = text.replaceFirst("^(\r\n){0,4}", "");
        String[] lines = linesOf(head);
        Matcher line = REQUEST_LINE.matcher(lines[0]);
        if (!line.matches() || line.group(1).matches("CONNECT|TRACE")) {
            return false;
        }
        boolean current = line.group(3).equals("1");
        List<String> hosts = values(lines, "host");
        return areFields(lines)
                && isFramed(lines, current)
                && (hosts.size() == 1 ? AUTHORITY.matcher(hosts.get(0)).matches() : hosts.isEmpty() && !current)
                && values(lines, "expect").stream().allMatch("100-continue"::equalsIgnoreCase);
    }

    private static boolean isResponse(String text) {
        String[] lines = linesOf(text);
        Matcher line = STATUS_LINE.matcher(lines[0]);
        return line.matches()
                && areFields(lines)
                && isFramed(lines, line.group(1).equals("1"));
    }

    private static String[] linesOf(String head) {
        if (head.indexOf("\r\n\r\n") != head.length() - 4) {
            return new String[] {""};
        }
        return head.substring(0, head.length() - 4).split("\r\n", -1);
    }

    private static boolean areFields(String[] lines) {
        return Arrays.stream(lines).skip(1).allMatch(line -> FIELD.matcher(line).matches());
    }

    private static List<String> values(String[] lines, String name) {
        return Arrays.stream(lines)
                .skip(1)
                .map(FIELD::matcher)
                .filter(field -> field.matches() && field.group(1).equalsIgnoreCase(name))
                .map(field -> field.group(2))
                .toList();
    }

    private static boolean isFramed(String[] lines, boolean current) {
        List<String> lengths = values(lines, "content-length");
        List<String> codings = values(lines, "transfer-encoding");
        if (!codings.isEmpty()) {
            return current
                    && lengths.isEmpty()
                    && codings.size() == 1
                    && codings.get(0).equalsIgnoreCase("chunked");
        }
        return lengths.isEmpty()
                || (lengths.size() == 1 && LENGTH.matcher(lengths.get(0)).matches());
    }

    private static String dechunk(String text) {
        StringBuilder data = new StringBuilder();
        int at = 0;
        while (true) {
            int lineEnd = text.indexOf("\r\n", at);
            String line = text.substring(at, lineEnd);
            Matcher size = Pattern.compile("([0-9A-Fa-f]{1,16})(;[\\t -~\\x80-\\xff]+)?")
                    .matcher(line);
            if (!size.matches()) {
                return "bad size line " + line;
            }
            int length = Integer.parseInt(size.group(1), 16);
            at = lineEnd + 2;
            if (length == 0) {
                String[] trailers = text.substring(lineEnd).split("\r\n", -1);
                boolean good = text.endsWith("\r\n\r\n")
                        && Arrays.stream(trailers, 1, trailers.length - 2)
                                .allMatch(trailer -> FIELD.matcher(trailer).matches());
                return good ? data.toString() : "bad trailers";
            }
            data.append(text, at, at + length);
            if (!text.startsWith("\r\n", at + length)) {
                return "bad chunk end";
            }
            at += length + 2;
        }
    }
}
