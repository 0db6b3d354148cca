package dev.moorgate.dataplane.balance;

import dev.moorgate.dataplane.http.CookieScan;
import dev.moorgate.dataplane.http.Fields;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.http.ResponseHead;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The application's cookie that a session follows: whether a request has it, and what an answer does to it, read as a browser reads it
 * (RFC 6265 5.2). Whatever either says is never an error. Immutable; any thread.
 */
final class FollowedCookie {
    private static final Pattern TOKENS = Pattern.compile("[\\t\\x20-\\x2f\\x3b-\\x40\\x5b-\\x60\\x7b-\\x7e]+");
    private static final Pattern TIME = Pattern.compile("(\\d{1,2}):(\\d{1,2}):(\\d{1,2})(?:\\D.*)?");
    private static final Pattern DAY = Pattern.compile("(\\d{1,2})(?:\\D.*)?");
    private static final Pattern YEAR = Pattern.compile("(\\d{2,4})(?:\\D.*)?");
    private static final Pattern SECONDS = Pattern.compile("-?\\d+");
    private static final List<String> MONTHS =
            List.of("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec");

    private final String name;

    FollowedCookie(String name) {
        this.name = name;
    }

    /** What an answer does to the cookie. */
    enum Deed {
        NOTHING,
        SET,
        DELETED
    }

    /** Tells clients apart; empty: the request has no such cookie, or one without a value. */
    OptionalLong key(RequestHead head) {
        CookieScan scan = new CookieScan(head, name);
        while (scan.next()) {
            if (scan.valueEnd() > scan.valueStart()) {
                return OptionalLong.of(ConsistentHash.of(head.bytes(), scan.valueStart(), scan.valueEnd()));
            }
        }
        return OptionalLong.empty();
    }

    /** What becomes of the cookie by an answer: of several lines one that sets it counts. */
    Deed deed(ResponseHead head, long now) {
        Deed deed = Deed.NOTHING;
        for (int i = head.indexOf(Fields.SET_COOKIE); i >= 0; i = head.indexOf(Fields.SET_COOKIE, i + 1)) {
            if (isNamed(head.bytes(), head.valueStart(i), head.valueEnd(i))) {
                if (!isDeleted(head.valueString(i), now)) {
                    return Deed.SET;
                }
                deed = Deed.DELETED;
            }
        }
        return deed;
    }

    private boolean isNamed(byte[] bytes, int start, int end) {
        int at = start + name.length();
        if (at >= end) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            if (bytes[start + i] != name.charAt(i)) {
                return false;
            }
        }
        while (at < end && (bytes[at] == ' ' || bytes[at] == '\t')) {
            at++;
        }
        return at < end && bytes[at] == '=';
    }

    private static boolean isDeleted(String line, long now) {
        String[] parts = line.split(";", -1);
        if (parts[0].substring(parts[0].indexOf('=') + 1).isBlank()) {
            return true;
        }
        @Nullable Boolean byAge = null;
        @Nullable Boolean byDate = null;
        for (int i = 1; i < parts.length; i++) {
            int equals = parts[i].indexOf('=');
            String attribute = (equals < 0 ? parts[i] : parts[i].substring(0, equals)).strip();
            String value = equals < 0 ? "" : parts[i].substring(equals + 1).strip();
            if (attribute.equalsIgnoreCase("max-age") && SECONDS.matcher(value).matches()) {
                byAge = value.startsWith("-") || value.chars().allMatch(digit -> digit == '0');
            } else if (attribute.equalsIgnoreCase("expires")) {
                OptionalLong until = seconds(value);
                byDate = until.isPresent() ? Boolean.valueOf(until.getAsLong() <= now) : byDate;
            }
        }
        return Boolean.TRUE.equals(byAge == null ? byDate : byAge);
    }

    /** A date in whatever form cookies have it (RFC 6265 5.1.1), in seconds since the epoch; empty: it is none. */
    static OptionalLong seconds(String date) {
        int[] time = {};
        int day = 0;
        int month = 0;
        int year = -1;
        for (String token : TOKENS.split(date, -1)) {
            Matcher clock = TIME.matcher(token);
            Matcher days = DAY.matcher(token);
            Matcher years = YEAR.matcher(token);
            int named = token.length() < 3
                    ? -1
                    : MONTHS.indexOf(token.substring(0, 3).toLowerCase(Locale.ROOT));
            if (time.length == 0 && clock.matches()) {
                time = new int[] {number(clock, 1), number(clock, 2), number(clock, 3)};
            } else if (day == 0 && days.matches()) {
                day = number(days, 1);
            } else if (month == 0 && named >= 0) {
                month = named + 1;
            } else if (year < 0 && years.matches()) {
                year = number(years, 1);
            }
        }
        if (time.length == 0 || day == 0 || month == 0 || year < 0) {
            return OptionalLong.empty();
        }
        int full = year < 70 ? year + 2_000 : year < 100 ? year + 1_900 : year;
        try {
            return OptionalLong.of(LocalDateTime.of(full, month, day, time[0], time[1], time[2])
                    .toEpochSecond(ZoneOffset.UTC));
        } catch (DateTimeException noDate) {
            return OptionalLong.empty();
        }
    }

    private static int number(Matcher matcher, int group) {
        return Integer.parseInt(matcher.group(group));
    }
}
