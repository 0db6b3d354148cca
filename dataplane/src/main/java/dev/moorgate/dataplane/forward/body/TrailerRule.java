package dev.moorgate.dataplane.forward.body;

import dev.moorgate.dataplane.filter.ForwardedHeaders;
import dev.moorgate.dataplane.grpc.GrpcCall;
import dev.moorgate.dataplane.http.Fields;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.MessageHead;
import dev.moorgate.dataplane.http.Octets;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Which trailers go on (faults A10): those that the message itself announced in its Trailer field (RFC 9110 6.6.2) and those of
 * gRPC, whose calls end with metadata that nothing announces; and of these none that frames, routes, authenticates or claims to
 * come from a proxy (RFC 9110 6.5.1).
 */
final class TrailerRule {
    private static final String GRPC = "grpc-";

    private TrailerRule() {}

    /** Writes what may go on of {@code trailers}, and the end of the message, behind the last chunk's size line. */
    static void write(MessageHead trailers, MessageHead head, HeadWriter writer, ByteBuf out) {
        fill(trailers, head, writer);
        writer.end(out);
    }

    /** What may go on of {@code trailers}, as lines for another time; null: nothing. */
    static byte @Nullable [] lines(MessageHead trailers, MessageHead head, HeadWriter writer) {
        fill(trailers, head, writer);
        byte[] lines = writer.takeLines();
        return lines.length == 0 ? null : lines;
    }

    private static void fill(MessageHead trailers, MessageHead head, HeadWriter writer) {
        ForwardedHeaders.dropClaims(trailers);
        boolean call = GrpcCall.isGrpc(head);
        for (int i = 0; i < trailers.fieldCount() && !call; i++) {
            if (!trailers.isDropped(i) && !trailers.nameStartsWith(i, GRPC) && !isAnnounced(trailers, i, head)) {
                trailers.drop(i);
            }
        }
        writer.startTrailerFields().copyFields(trailers);
    }

    private static boolean isAnnounced(MessageHead trailers, int field, MessageHead head) {
        byte[] bytes = head.bytes();
        for (int i = head.indexOf(Fields.TRAILER); i >= 0; i = head.indexOf(Fields.TRAILER, i + 1)) {
            int end = head.valueEnd(i);
            for (int start = head.valueStart(i); start < end; start++) {
                int comma = Octets.indexOf(bytes, start, end, ',');
                if (isName(trailers, field, bytes, start, comma)) {
                    return true;
                }
                start = comma;
            }
        }
        return false;
    }

    private static boolean isName(MessageHead trailers, int field, byte[] bytes, int from, int to) {
        int start = from;
        int end = to;
        while (start < end && isBlank(bytes[start])) {
            start++;
        }
        while (end > start && isBlank(bytes[end - 1])) {
            end--;
        }
        int name = trailers.nameStart(field);
        int length = trailers.nameEnd(field) - name;
        if (end - start != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (lower(bytes[start + i]) != lower(trailers.bytes()[name + i])) {
                return false;
            }
        }
        return true;
    }

    private static boolean isBlank(byte octet) {
        return octet == ' ' || octet == '\t';
    }

    private static int lower(byte octet) {
        return octet >= 'A' && octet <= 'Z' ? octet | 0x20 : octet;
    }
}
