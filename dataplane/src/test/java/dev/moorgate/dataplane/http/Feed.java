package dev.moorgate.dataplane.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Gives bytes to the readers whole, cut in two at every place, and one by one, and writes down everything they say. */
final class Feed {
    private Feed() {}

    static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static String latin(ByteBuf bytes) {
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }

    /** All distinct outcomes over all ways to cut the input: one, if the reader is right. */
    static Set<String> requestOutcomes(byte[] input) {
        return outcomes(input, () -> {
            RequestHead head = new RequestHead();
            return new Reader(in -> head.parse(in, HeadLimits.STANDARD), () -> describe(head), head::error);
        });
    }

    static Set<String> responseOutcomes(byte[] input, int requestMethod) {
        return outcomes(input, () -> {
            ResponseHead head = new ResponseHead();
            return new Reader(
                    in -> head.parse(in, HeadLimits.STANDARD, requestMethod), () -> describe(head), head::error);
        });
    }

    record Reader(Step step, Supplier<String> good, Supplier<ParseError> error) {}

    interface Step {
        Progress read(ByteBuf in);
    }

    private static Set<String> outcomes(byte[] input, Supplier<Reader> readers) {
        Set<String> outcomes = new TreeSet<>();
        outcomes.add(outcome(readers.get(), List.of(input)));
        int step = Math.max(1, input.length / 150);
        for (int cut = 1; cut < input.length; cut += step) {
            outcomes.add(outcome(
                    readers.get(), List.of(Arrays.copyOf(input, cut), Arrays.copyOfRange(input, cut, input.length))));
        }
        byte[][] single = new byte[input.length][];
        for (int i = 0; i < input.length; i++) {
            single[i] = new byte[] {input[i]};
        }
        outcomes.add(outcome(readers.get(), List.of(single)));
        return outcomes;
    }

    private static String outcome(Reader reader, List<byte[]> parts) {
        int taken = 0;
        for (byte[] part : parts) {
            ByteBuf in = Unpooled.wrappedBuffer(part);
            Progress progress = reader.step().read(in);
            taken += in.readerIndex();
            switch (progress) {
                case COMPLETE -> {
                    return "COMPLETE after " + taken + " " + reader.good().get();
                }
                case REFUSED -> {
                    return reader.error().get().name();
                }
                default -> {
                    if (in.isReadable()) {
                        return "left bytes while incomplete";
                    }
                }
            }
        }
        return "INCOMPLETE";
    }

    static RequestHead request(String text) {
        RequestHead head = new RequestHead();
        Progress progress = head.parse(Unpooled.wrappedBuffer(latin(text)), HeadLimits.STANDARD);
        if (progress != Progress.COMPLETE) {
            throw new AssertionError(progress + " " + (progress == Progress.REFUSED ? head.error() : "") + ": " + text);
        }
        return head;
    }

    static @Nullable ParseError requestError(String text) {
        RequestHead head = new RequestHead();
        Progress progress = head.parse(Unpooled.wrappedBuffer(latin(text)), HeadLimits.STANDARD);
        return progress == Progress.REFUSED ? head.error() : null;
    }

    static ResponseHead response(String text, int requestMethod) {
        ResponseHead head = new ResponseHead();
        Progress progress = head.parse(Unpooled.wrappedBuffer(latin(text)), HeadLimits.STANDARD, requestMethod);
        if (progress != Progress.COMPLETE) {
            throw new AssertionError(progress + " " + (progress == Progress.REFUSED ? head.error() : "") + ": " + text);
        }
        return head;
    }

    static String forwarded(RequestHead head) {
        ByteBuf out = Unpooled.buffer();
        new HeadWriter().startRequest(head).copyFields(head).end(out);
        return latin(out);
    }

    static String forwarded(ResponseHead head) {
        ByteBuf out = Unpooled.buffer();
        new HeadWriter().startResponse(head).copyFields(head).end(out);
        return latin(out);
    }

    private static String describe(RequestHead head) {
        return head.method() + " " + head.methodId() + " " + head.path() + " " + head.query() + " " + head.host() + " "
                + head.port() + " " + head.authority() + " " + head.expectContinue() + " " + head.isWebSocket() + " "
                + describeBoth(head) + forwarded(head);
    }

    private static String describe(ResponseHead head) {
        return head.status() + " " + head.reason() + " " + describeBoth(head) + forwarded(head);
    }

    private static String describeBoth(MessageHead head) {
        StringBuilder text = new StringBuilder()
                .append(head.bodyKind())
                .append(head.contentLength())
                .append(head.keepAlive());
        for (int i = 0; i < head.fieldCount(); i++) {
            text.append('|')
                    .append(head.fieldId(i))
                    .append(head.nameString(i))
                    .append('=')
                    .append(head.valueString(i))
                    .append(head.isDropped(i) ? "-" : "+");
        }
        return text.toString();
    }
}
