package dev.moorgate.dataplane.filter;

import dev.moorgate.dataplane.http.Fields;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.MessageHead;
import dev.moorgate.dataplane.http.RequestHead;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * What endpoints are told of the client: X-Forwarded-For, -Proto, -Host, -Port, X-Real-IP, Forwarded (RFC 7239), X-Request-Id,
 * and the certificate that it showed; and CDN-Loop, by which we know what has been here before. What an untrusted peer says of itself is dropped and replaced; a trusted peer's word is kept and our peer's
 * address appended. One a connection, on its event loop: the lines of one host are made once and then copied.
 */
public final class ForwardedHeaders {
    /** Bytes of a request id that we make. */
    public static final int ID_LENGTH = 32;

    private static final long FAMILY = RequestFilters.forwardedFamily();
    private static final long LOOP = Fields.mask(Fields.CDN_LOOP);
    private static final long DROPPED = FAMILY | Fields.mask(Fields.PROXY, Fields.X_ORIGINAL_URL, Fields.X_REWRITE_URL);

    /** Names and beginnings of names that claim to come from a proxy: RFC 9440 2.4, and what backends are known to trust. */
    private static final List<String> CLAIM_BEGINNINGS =
            List.of("x-forwarded-", "x-original-", "x-ssl-client-", "ssl-client-", "client-cert", "x-client-cert");

    /** What only we say, whoever is trusted otherwise: these tell of the connection to us. */
    private static final List<String> CERTIFICATES = List.of("client-cert", "x-client-cert");

    private static final List<String> CLAIMS =
            List.of("x-client-ip", "x-real-port", "x-rewrite-uri", "x-moorgate-retry");

    private static final byte[] REQUEST_ID = "X-Request-Id".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final int LONGEST_ID = 128;

    private final TrustedPeers trusted;
    private final boolean isTrusted;
    private final Entrance entrance;
    private final String peer;
    private final byte[] peerBytes;
    private final String peerNode;
    private final @Nullable ClientCertificate certificate;
    private String lastAuthority = "";
    private byte @Nullable [] lastLines;
    private @Nullable Template template;

    /** @param certificate that the client showed, if it showed one that verified */
    public ForwardedHeaders(
            TrustedPeers trusted, InetAddress peer, Entrance entrance, @Nullable ClientCertificate certificate) {
        this.certificate = certificate;
        this.trusted = trusted;
        this.isTrusted = trusted.trusts(peer);
        this.entrance = entrance;
        this.peer = text(peer);
        this.peerBytes = peer.getAddress();
        this.peerNode = peer instanceof Inet6Address ? "\"[" + this.peer + "]\"" : this.peer;
    }

    /** The usual form (RFC 5952 for IPv6), without zone. */
    static String text(InetAddress address) {
        if (!(address instanceof Inet6Address)) {
            return address.getHostAddress();
        }
        byte[] bytes = address.getAddress();
        int[] groups = new int[8];
        for (int i = 0; i < 8; i++) {
            groups[i] = (bytes[2 * i] & 0xff) << 8 | bytes[2 * i + 1] & 0xff;
        }
        int gap = -1;
        int gapEnd = -1;
        for (int i = 0; i < 8; i++) {
            int end = i;
            while (end < 8 && groups[end] == 0) {
                end++;
            }
            if (end - i > Math.max(gapEnd - gap, 1)) {
                gap = i;
                gapEnd = end;
            }
            i = Math.max(i, end - 1);
        }
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            if (i == gap) {
                out.append("::");
                i = gapEnd - 1;
            } else {
                out.append(i > 0 && i != gapEnd ? ":" : "").append(Integer.toHexString(groups[i]));
            }
        }
        return out.toString();
    }

    /** Whether what the peer says as a proxy is believed. */
    public boolean isPeerTrusted() {
        return isTrusted;
    }

    /** The connection's other end. */
    public String peer() {
        return peer;
    }

    /** The client as far as it can be believed: the peer, or what trusted peers say. Ask before filters drop fields. */
    public String client(RequestHead head) {
        if (!isTrusted) {
            return peer;
        }
        return trusted.client(chain(head.joinedValue("x-forwarded-for")), peer);
    }

    /** The bytes of an address that {@link #client} told; null: they have to be read. */
    public byte @Nullable [] bytes(String client) {
        return client.equals(peer) ? peerBytes : null;
    }

    private static String[] chain(@Nullable String joined) {
        return joined == null || joined.isBlank()
                ? new String[0]
                : joined.strip().split("\\s*,\\s*", -1);
    }

    /**
     * The id of this request: a trusted peer's where it is sane, else a new one of 32 hexadecimal digits.
     *
     * @param room what a new one is written to, {@link #ID_LENGTH} bytes
     */
    public byte[] requestId(RequestHead head, byte[] room) {
        if (isTrusted) {
            int i = head.indexOf(Fields.X_REQUEST_ID);
            if (i >= 0 && isSane(head.valueString(i))) {
                return head.valueString(i).getBytes(StandardCharsets.US_ASCII);
            }
        }
        ThreadLocalRandom random = ThreadLocalRandom.current();
        for (int half = 0; half < ID_LENGTH; half += 16) {
            long bits = random.nextLong();
            for (int i = 0; i < 16; i++) {
                room[half + i] = HEX[(int) (bits >>> (4 * i)) & 0xf];
            }
        }
        return room;
    }

    private static boolean isSane(String id) {
        if (id.isEmpty() || id.length() > LONGEST_ID) {
            return false;
        }
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
            if (!letter && "-_.:/+=@".indexOf(c) < 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * Marks what the client may not say and writes what we say, but for the id.
     *
     * @param overrides of {@link RequestFilters#overrides}: fields that the filters have decided about
     */
    public void write(RequestHead head, long overrides, HeadWriter out) {
        boolean returns = head.indexOf(Fields.CDN_LOOP) >= 0;
        if (!isTrusted && !returns && (overrides & FAMILY) == 0) {
            dropClaims(head);
            String authority = head.authority();
            byte[] lines = lastLines;
            // The head hands out the same string as long as a connection repeats its host.
            if (lines == null || !authority.equals(lastAuthority)) {
                lines = linesOfNoProxy(head, authority);
                lastAuthority = authority;
                lastLines = lines;
            }
            out.addLines(lines);
        } else {
            byte[] lines = lines(head, overrides, head.authority(), quoted(head.authority()));
            head.dropAll(LOOP);
            if (isTrusted) {
                head.dropAll(FAMILY);
                dropCertificates(head);
            } else {
                dropClaims(head);
            }
            out.addLines(lines);
        }
    }

    /** Last of all lines: what differs each time makes what is behind it differ for those who remember heads. */
    public static void writeId(byte[] requestId, long overrides, HeadWriter out) {
        if ((overrides & Fields.mask(Fields.X_REQUEST_ID)) == 0) {
            out.add(REQUEST_ID, requestId);
        }
    }

    /** Leaves out what only a proxy may say of a client; trailers never may, whoever sends them. */
    public static void dropClaims(MessageHead head) {
        head.dropAll(DROPPED);
        for (int i = 0; i < head.fieldCount(); i++) {
            if (head.fieldId(i) == Fields.OTHER && !head.isDropped(i) && isClaim(head, i)) {
                head.drop(i);
            }
        }
    }

    private static void dropCertificates(MessageHead head) {
        for (int i = 0; i < head.fieldCount(); i++) {
            if (head.fieldId(i) == Fields.OTHER && !head.isDropped(i) && beginsWithAny(head, i, CERTIFICATES)) {
                head.drop(i);
            }
        }
    }

    private static boolean isClaim(MessageHead head, int i) {
        int first = head.bytes()[head.nameStart(i)] | 0x20;
        if (first != 'x' && first != 's' && first != 'c') {
            return false;
        }
        if (beginsWithAny(head, i, CLAIM_BEGINNINGS)) {
            return true;
        }
        for (int k = 0; k < CLAIMS.size(); k++) {
            if (head.nameEquals(i, CLAIMS.get(k))) {
                return true;
            }
        }
        return false;
    }

    private static boolean beginsWithAny(MessageHead head, int i, List<String> beginnings) {
        for (int k = 0; k < beginnings.size(); k++) {
            if (begins(head, i, beginnings.get(k))) {
                return true;
            }
        }
        return false;
    }

    /** Names are tokens: there the bit is the case of letters and nothing else that could make two names one here. */
    private static boolean begins(MessageHead head, int i, String lower) {
        int start = head.nameStart(i);
        if (head.nameEnd(i) - start < lower.length()) {
            return false;
        }
        for (int k = 0; k < lower.length(); k++) {
            if ((head.bytes()[start + k] | 0x20) != lower.charAt(k)) {
                return false;
            }
        }
        return true;
    }

    /** What every request of a connection has in common: all but the host, which is named twice. */
    private static final class Template {
        /** In the place of the host; no authority has it. */
        static final String HOST = "\t";

        private final byte[] before;
        private final byte[] between;
        private final byte[] behind;

        private Template(String[] parts) {
            before = bytes(parts[0]);
            between = bytes(parts[1]);
            behind = bytes(parts[2]);
        }

        static @Nullable Template of(byte[] lines) {
            String[] parts = new String(lines, StandardCharsets.ISO_8859_1).split(HOST, -1);
            return parts.length == 3 ? new Template(parts) : null;
        }

        private static byte[] bytes(String part) {
            return part.getBytes(StandardCharsets.ISO_8859_1);
        }

        byte[] with(String token) {
            byte[] host = bytes(token);
            byte[] out = new byte[before.length + between.length + behind.length + 2 * host.length];
            int at = put(before, out, 0);
            at = put(host, out, at);
            at = put(between, out, at);
            at = put(host, out, at);
            put(behind, out, at);
            return out;
        }

        private static int put(byte[] part, byte[] out, int at) {
            System.arraycopy(part, 0, out, at, part.length);
            return at + part.length;
        }
    }

    /** Where nothing counts that the request says of itself but its host. */
    private byte[] linesOfNoProxy(RequestHead head, String authority) {
        if (!isToken(authority)) {
            return lines(head, 0, authority, quoted(authority));
        }
        Template known = template;
        if (known == null) {
            known = Template.of(lines(head, 0, Template.HOST, Template.HOST));
            template = known;
        }
        return known == null ? lines(head, 0, authority, authority) : known.with(authority);
    }

    private byte[] lines(RequestHead head, long overrides, String authority, String quotedAuthority) {
        String proto = said(head, Fields.X_FORWARDED_PROTO, entrance.scheme());
        String scheme = proto.equalsIgnoreCase("http") || proto.equalsIgnoreCase("https") ? proto : entrance.scheme();
        String node = "for=" + peerNode
                + (authority.isEmpty() ? "" : ";host=" + quotedAuthority)
                + ";proto="
                + entrance.scheme();
        FieldBlock block = new FieldBlock();
        add(block, overrides, Fields.X_FORWARDED_FOR, "X-Forwarded-For", appended(head, "x-forwarded-for", peer));
        add(block, overrides, Fields.X_FORWARDED_PROTO, "X-Forwarded-Proto", scheme);
        String host = said(head, Fields.X_FORWARDED_HOST, authority);
        if (!host.isEmpty()) {
            add(block, overrides, Fields.X_FORWARDED_HOST, "X-Forwarded-Host", host);
        }
        String port = said(head, Fields.X_FORWARDED_PORT, Integer.toString(entrance.publicPort()));
        add(block, overrides, Fields.X_FORWARDED_PORT, "X-Forwarded-Port", port);
        add(block, overrides, Fields.X_REAL_IP, "X-Real-IP", client(head));
        add(block, overrides, Fields.FORWARDED, "Forwarded", appended(head, "forwarded", node));
        block.add(CdnLoop.FIELD_NAME, CdnLoop.after(head));
        if (certificate != null) {
            block.add(ClientCertificate.FIELD_NAME, certificate.field());
            block.add(ClientCertificate.SUBJECT_NAME, certificate.subject());
        }
        return block.toBytes();
    }

    private static void add(FieldBlock block, long overrides, int id, String name, String value) {
        if ((overrides & Fields.mask(id)) == 0) {
            block.add(name, value);
        }
    }

    private String said(RequestHead head, int id, String ours) {
        String theirs = isTrusted ? head.firstValue(id) : null;
        return theirs == null || theirs.isEmpty() ? ours : theirs;
    }

    private String appended(RequestHead head, String name, String ours) {
        String theirs = isTrusted ? head.joinedValue(name) : null;
        return theirs == null || theirs.isBlank() ? ours : theirs + ", " + ours;
    }

    /** RFC 7239 4: a value that is no token is a quoted string. */
    private static String quoted(String value) {
        return value.isEmpty() || isToken(value)
                ? value
                : '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /** Of the characters that hosts have. */
    private static boolean isToken(String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (!(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.')) {
                return false;
            }
        }
        return !value.isEmpty();
    }
}
