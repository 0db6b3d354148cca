package dev.moorgate.dataplane.http;

import org.jspecify.annotations.Nullable;

/**
 * What requests and responses share once all field lines are read: Content-Length, Transfer-Encoding and Connection
 * (RFC 9112 6 and 9, RFC 9110 7.6.1), in one loop over the field index.
 */
final class Framing {
    private static final byte[] CHUNKED = Octets.ascii("chunked");
    private static final byte[] CLOSE = Octets.ascii("close");
    private static final byte[] KEEP_ALIVE = Octets.ascii("keep-alive");
    private static final byte[] UPGRADE = Octets.ascii("upgrade");
    private static final byte[] WEBSOCKET = Octets.ascii("websocket");
    /** Registered codings that a sender may mean in good faith: refused with 501, all else with 400. */
    private static final byte[][] CODINGS = {
        Octets.ascii("gzip"),
        Octets.ascii("x-gzip"),
        Octets.ascii("deflate"),
        Octets.ascii("compress"),
        Octets.ascii("x-compress")
    };

    private static final int MOST_OPTIONS = 100;
    private static final int MOST_DIGITS = 19;

    private boolean chunked;
    private boolean close;
    private boolean keepAlive;
    private boolean upgradeNamed;
    private boolean websocket;
    private int upgrades;

    boolean isChunked() {
        return chunked;
    }

    /** Connection names Upgrade, and the one protocol offered is websocket. */
    boolean isWebSocket() {
        return upgradeNamed && websocket && upgrades == 1;
    }

    @Nullable
    ParseError read(MessageHead head) {
        chunked = close = keepAlive = upgradeNamed = websocket = false;
        upgrades = 0;
        head.contentLength = -1;
        if (head.has(Fields.TRANSFER_ENCODING)) {
            if (head.has(Fields.CONTENT_LENGTH)) {
                return ParseError.LENGTH_AND_CODING;
            }
            if (!head.current) {
                return ParseError.CODING_IN_OLD_VERSION;
            }
        }
        int options = 0;
        for (int i = 0; i < head.fieldCount(); i++) {
            switch (head.fieldId(i)) {
                case Fields.CONTENT_LENGTH -> {
                    if (head.contentLength >= 0) {
                        return ParseError.DUPLICATE_LENGTH;
                    }
                    head.contentLength = contentLength(head, i);
                    if (head.contentLength < 0) {
                        return ParseError.BAD_LENGTH;
                    }
                }
                case Fields.TRANSFER_ENCODING -> {
                    ParseError error = chunked ? ParseError.BAD_CODING : coding(head, i);
                    if (error != null) {
                        return error;
                    }
                    chunked = true;
                }
                case Fields.CONNECTION -> {
                    options = connection(head, i, options);
                    if (options > MOST_OPTIONS) {
                        return ParseError.BAD_CONNECTION;
                    }
                }
                case Fields.UPGRADE -> {
                    upgrades++;
                    websocket = head.valueEqualsLower(i, WEBSOCKET);
                }
                default -> {}
            }
        }
        head.keepAlive = !close && (head.current || keepAlive);
        return null;
    }

    /** Digits only, at most 2^63-1; a tab in the line is taken for an attempt to hide the field from somebody else. */
    private static long contentLength(MessageHead head, int i) {
        int start = head.valueStart(i);
        int digits = head.valueEnd(i) - start;
        if (digits < 1 || digits > MOST_DIGITS || hasTab(head, i)) {
            return -1;
        }
        long value = 0;
        for (int at = start; at < start + digits; at++) {
            int digit = head.bytes[at] - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            // Nineteen digits overflow into the sign at most once.
            value = value * 10 + digit;
        }
        return value;
    }

    private static @Nullable ParseError coding(MessageHead head, int i) {
        if (hasTab(head, i)) {
            return ParseError.BAD_CODING;
        }
        if (head.valueEqualsLower(i, CHUNKED)) {
            return null;
        }
        int start = head.valueStart(i);
        int end = head.valueEnd(i);
        boolean known = true;
        boolean last = false;
        while (known && start <= end) {
            int comma = Octets.indexOf(head.bytes, start, end, ',');
            int from = start;
            int to = comma;
            while (from < to && head.bytes[from] == ' ') {
                from++;
            }
            while (to > from && head.bytes[to - 1] == ' ') {
                to--;
            }
            known = !last && (isOneOf(head.bytes, from, to) || Octets.equalsLower(head.bytes, from, to, CHUNKED));
            last = Octets.equalsLower(head.bytes, from, to, CHUNKED);
            start = comma + 1;
        }
        return known && last ? ParseError.UNSUPPORTED_CODING : ParseError.BAD_CODING;
    }

    private static boolean isOneOf(byte[] bytes, int from, int to) {
        for (byte[] coding : CODINGS) {
            if (Octets.equalsLower(bytes, from, to, coding)) {
                return true;
            }
        }
        return false;
    }

    /** Around the value; inside it the callers allow no tab anyway. */
    private static boolean hasTab(MessageHead head, int i) {
        return hasTab(head.bytes, head.nameEnd(i), head.valueStart(i))
                || hasTab(head.bytes, head.valueEnd(i), head.lineEnd(i));
    }

    private static boolean hasTab(byte[] bytes, int from, int to) {
        for (int at = from; at < to; at++) {
            if (bytes[at] == Octets.TAB) {
                return true;
            }
        }
        return false;
    }

    /** Marks the fields that the options name; answers how many options there were so far. */
    private int connection(MessageHead head, int i, int before) {
        byte[] bytes = head.bytes;
        int end = head.valueEnd(i);
        int options = before;
        for (int at = head.valueStart(i); at < end && options <= MOST_OPTIONS; at++) {
            int comma = Octets.indexOf(bytes, at, end, ',');
            int from = Octets.skipBlanks(bytes, at, comma);
            int to = Octets.endWithoutBlanks(bytes, from, comma);
            at = comma;
            options++;
            if (Octets.equalsLower(bytes, from, to, KEEP_ALIVE)) {
                keepAlive = true;
            } else if (Octets.equalsLower(bytes, from, to, CLOSE)) {
                close = true;
            } else if (Octets.equalsLower(bytes, from, to, UPGRADE)) {
                upgradeNamed = true;
            } else {
                nominate(head, from, to);
            }
        }
        return options;
    }

    /** Host and the framing are the proxy's own by then: naming them changes nothing. */
    private static void nominate(MessageHead head, int from, int to) {
        for (int i = 0; i < head.fieldCount(); i++) {
            int id = head.fieldId(i);
            if (id != Fields.HOST
                    && id != Fields.CONTENT_LENGTH
                    && Octets.equalsLower(head.bytes, head.nameStart(i), head.nameEnd(i), head.bytes, from, to)) {
                head.dropByProtocol(i);
            }
        }
    }
}
