package dev.moorgate.dataplane.filter;

import dev.moorgate.dataplane.http.Fields;
import dev.moorgate.dataplane.http.RequestHead;

/**
 * What tells that a request comes back to us by way of an endpoint: each pass leaves its name in CDN-Loop (RFC 8586), and nothing
 * on the way may take it out. Some passes are as meant: one release before another, or an application that asks by the front door.
 */
public final class CdnLoop {
    static final String FIELD_NAME = "CDN-Loop";
    private static final String NAME = "moorgate";

    private static final int MOST_PASSES = 8;

    private CdnLoop() {}

    /** Whether the request has been here so often that it would go on for ever. */
    public static boolean isEndless(RequestHead head) {
        if (head.indexOf(Fields.CDN_LOOP) < 0) {
            return false;
        }
        String passed = head.joinedValue("cdn-loop");
        return passed != null && passes(passed) >= MOST_PASSES;
    }

    /** The field of a request that goes on from here. */
    static String after(RequestHead head) {
        String passed = head.joinedValue("cdn-loop");
        return passed == null || passed.isBlank() ? NAME : passed + ", " + NAME;
    }

    /** Elements that are our name, with or without parameters. */
    private static int passes(String list) {
        int count = 0;
        int start = 0;
        while (start < list.length()) {
            int comma = list.indexOf(',', start);
            int end = comma < 0 ? list.length() : comma;
            int semicolon = list.indexOf(';', start);
            String name = list.substring(start, semicolon >= 0 && semicolon < end ? semicolon : end);
            if (name.strip().equalsIgnoreCase(NAME)) {
                count++;
            }
            start = end + 1;
        }
        return count;
    }
}
