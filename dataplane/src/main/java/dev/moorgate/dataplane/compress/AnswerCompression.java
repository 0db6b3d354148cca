package dev.moorgate.dataplane.compress;

import dev.moorgate.dataplane.http.FieldLines;
import dev.moorgate.dataplane.http.Fields;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.MessageHead;
import dev.moorgate.dataplane.http.Methods;
import dev.moorgate.dataplane.http.Octets;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What compression makes of one answer: of its head, and of its content where it is coded. One per exchange, reused; its event
 * loop only.
 */
public final class AnswerCompression {
    private static final byte[] CONTENT_ENCODING = Tokens.ascii("Content-Encoding");
    private static final byte[] VARY = Tokens.ascii("Vary");
    private static final byte[] ETAG = Tokens.ascii("ETag");
    private static final byte[] ACCEPT_ENCODING = Tokens.ascii("accept-encoding");
    private static final byte[] ANYTHING = Tokens.ascii("*");
    private static final byte[] WEAK = Tokens.ascii("W/");
    private static final String IF_NONE_MATCH = "if-none-match";
    /** What is said of bytes that are not those of the answer any more. */
    private static final long OF_OTHER_BYTES = Fields.mask(Fields.CONTENT_LENGTH, Fields.CONTENT_ENCODING);
    /** The same by names without a number, in heads and trailers. */
    private static final List<String> DIGESTS = List.of("digest", "repr-digest", "content-digest", "content-md5");

    private static final String ACCEPT_RANGES = "accept-ranges";

    private static final int NOT = 0;
    private static final int WEAKLY = 1;
    private static final int STRONGLY = 2;

    private enum Verdict {
        /** As the endpoint gave it. */
        UNTOUCHED,
        /** Others would get it coded. */
        VARIES,
        /** 304 for what was coded when it was given. */
        REVALIDATED,
        /** 304 for what others may have got coded. */
        NOT_MODIFIED,
        CODED
    }

    private final Compressors compressors;
    private Verdict verdict = Verdict.UNTOUCHED;
    private @Nullable Coding coding;
    private @Nullable Compressor coder;
    private long before;
    private long after;

    public AnswerCompression(Compressors compressors) {
        this.compressors = compressors;
    }

    /**
     * Decides what becomes of an answer whose head is whole.
     *
     * @param rule the route's; null: it has none
     * @param mayCode whether the client takes a content whose length is not told before
     */
    public void begin(@Nullable CompressRule rule, RequestHead request, ResponseHead head, boolean mayCode) {
        if (rule != null) {
            decide(rule, request, head, mayCode);
        }
    }

    private void decide(CompressRule rule, RequestHead request, ResponseHead head, boolean mayCode) {
        boolean toHead = request.methodId() == Methods.HEAD;
        if (head.status() == 304) {
            verdict = isOfCoded(request, head) ? Verdict.REVALIDATED : Verdict.NOT_MODIFIED;
        } else if (rule.covers(head, toHead)) {
            verdict = Verdict.VARIES;
            if (mayCode && !CompressRule.forbidsTransforming(request)) {
                code(rule, request, head.contentLength(), toHead);
            }
        }
    }

    private void code(CompressRule rule, RequestHead request, long length, boolean toHead) {
        Coding chosen = AcceptEncoding.choose(request, rule.codings());
        if (chosen == null) {
            return;
        }
        if (!toHead) {
            coder = compressors.take(chosen, rule.level(), length);
            if (coder == null) {
                return;
            }
        }
        coding = chosen;
        verdict = Verdict.CODED;
    }

    /** Whether the content has to be given to {@link #add}. */
    public boolean isCoding() {
        return coder != null;
    }

    /** Whether the client gets what was coded here, to the end of the answer. */
    public boolean isCoded() {
        return verdict == Verdict.CODED;
    }

    /** The coding's name; empty: the answer is not coded by us. */
    public String encoding() {
        Coding known = coding;
        return known == null ? "" : known.token();
    }

    /** Bytes of content that were coded. */
    public long before() {
        return before;
    }

    // ------------------------------------------------------------------ the head

    /**
     * Drops and writes what the head says of content and its coding.
     *
     * @param decided fields that the route's own edits decide about, see {@link Fields#mask}
     * @param varies whether they write what the answer varies by
     */
    public void write(ResponseHead head, HeadWriter out, long decided, boolean varies) {
        if (verdict == Verdict.UNTOUCHED) {
            return;
        }
        if (verdict == Verdict.NOT_MODIFIED) {
            // What it says replaces what a cache has of the 200 (RFC 9111 3.2, RFC 9110 15.4.5); where it says nothing,
            // that stays.
            if (varies || head.indexOf(Fields.VARY) >= 0) {
                vary(head, out, decided);
            }
            return;
        }
        Coding applied = coding;
        if (applied != null) {
            head.dropAll(OF_OTHER_BYTES);
            dropDigests(head);
            // ranges would be of the endpoint's bytes
            head.dropAll(ACCEPT_RANGES);
            out.add(CONTENT_ENCODING, applied.token());
        }
        if (verdict != Verdict.VARIES) {
            weaken(head, out, has(decided, Fields.ETAG));
        }
        vary(head, out, decided);
    }

    private static void vary(ResponseHead head, HeadWriter out, long decided) {
        if (has(decided, Fields.VARY) || !varies(head)) {
            out.add(VARY, "Accept-Encoding");
        }
    }

    private static boolean has(long fields, int id) {
        return (fields & Fields.mask(id)) != 0;
    }

    private static boolean varies(ResponseHead head) {
        return Tokens.contains(head, Fields.VARY, ACCEPT_ENCODING) || Tokens.contains(head, Fields.VARY, ANYTHING);
    }

    /** The same content in two codings is equal in meaning and not byte by byte (RFC 9110 8.8.1). */
    private static void weaken(ResponseHead head, HeadWriter out, boolean isReplaced) {
        for (int i = head.indexOf(Fields.ETAG); i >= 0; i = head.indexOf(Fields.ETAG, i + 1)) {
            byte[] bytes = head.bytes();
            int start = head.valueStart(i);
            int end = head.valueEnd(i);
            if (isStrong(bytes, start, end) && !isReplaced) {
                byte[] weak = new byte[WEAK.length + end - start];
                System.arraycopy(WEAK, 0, weak, 0, WEAK.length);
                System.arraycopy(bytes, start, weak, WEAK.length, end - start);
                out.add(ETAG, weak);
            }
            if (!isWeak(bytes, start, end)) {
                head.drop(i);
            }
        }
    }

    private static boolean isStrong(byte[] bytes, int start, int end) {
        return end - start >= 2 && bytes[start] == '"' && bytes[end - 1] == '"';
    }

    private static boolean isWeak(byte[] bytes, int start, int end) {
        return end - start >= WEAK.length && bytes[start] == 'W' && bytes[start + 1] == '/';
    }

    /** Digests are of the bytes that the endpoint gave; in trailers too. */
    public void dropDigests(MessageHead fields) {
        for (int i = 0; i < DIGESTS.size(); i++) {
            fields.dropAll(DIGESTS.get(i));
        }
    }

    /**
     * Whether a 304 is for an answer that was coded when the client got it: it asked with the weak form of a tag that the endpoint
     * calls strong, and would not find its own again by the strong one (RFC 9111 4.3.4).
     */
    private static boolean isOfCoded(RequestHead request, ResponseHead head) {
        int tag = head.indexOf(Fields.ETAG);
        if (tag < 0 || !isStrong(head.bytes(), head.valueStart(tag), head.valueEnd(tag))) {
            return false;
        }
        boolean weak = false;
        for (int i = 0; i < request.fieldCount(); i++) {
            if (request.nameEquals(i, IF_NONE_MATCH)) {
                int asked = asked(request, i, head, tag);
                if (asked == STRONGLY) {
                    return false;
                }
                weak |= asked == WEAKLY;
            }
        }
        return weak;
    }

    /** How a line of If-None-Match names the tag. */
    private static int asked(RequestHead request, int line, FieldLines head, int tag) {
        byte[] bytes = request.bytes();
        int end = request.valueEnd(line);
        int found = NOT;
        int at = request.valueStart(line);
        while (at < end) {
            int open = Octets.indexOf(bytes, at, end, '"');
            int close = Octets.indexOf(bytes, open + 1, end, '"');
            if (close < end && isSame(bytes, open, close + 1, head, tag)) {
                boolean isWeak = open >= at + WEAK.length && isWeak(bytes, open - WEAK.length, open);
                found = Math.max(found, isWeak ? WEAKLY : STRONGLY);
            }
            at = close + 1;
        }
        return found;
    }

    private static boolean isSame(byte[] bytes, int start, int end, FieldLines head, int tag) {
        return Arrays.equals(bytes, start, end, head.bytes(), head.valueStart(tag), head.valueEnd(tag));
    }

    // ------------------------------------------------------------------ the content

    private Compressor coder() {
        Compressor known = coder;
        if (known == null) {
            throw new IllegalStateException("nothing is being coded");
        }
        return known;
    }

    /** Codes a part of {@code in}; what comes of it so far is appended to {@code out}. */
    public void add(ByteBuf in, int start, int length, ByteBuf out) {
        int already = out.readableBytes();
        before += length;
        coder().add(in, start, length, out);
        after += out.readableBytes() - already;
    }

    /** Appends what the client needs to read all that was coded. */
    public void flush(ByteBuf out) {
        int already = out.readableBytes();
        coder().flush(out);
        after += out.readableBytes() - already;
    }

    /** The content is whole: appends its end. */
    public void finish(ByteBuf out) {
        int already = out.readableBytes();
        coder().finish(out);
        after += out.readableBytes() - already;
        letGo();
    }

    private void letGo() {
        Compressor known = coder;
        coder = null;
        if (known != null) {
            compressors.count(known.coding(), before, after);
            compressors.give(known);
        }
    }

    /** The exchange is over, wherever the content stands. */
    public void end() {
        letGo();
        verdict = Verdict.UNTOUCHED;
        coding = null;
        before = after = 0;
    }
}
