package dev.moorgate.dataplane.balance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.Heads;
import dev.moorgate.dataplane.balance.FollowedCookie.Deed;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The application's cookie as a browser would take it. */
class FollowedCookieTest {
    private static final long NOW = Instant.parse("2026-11-22T12:00:00Z").getEpochSecond();

    private final FollowedCookie cookie = new FollowedCookie("JSESSIONID");

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "JSESSIONID=a; Path=/; HttpOnly                                | SET",
                "JSESSIONID = a                                                | SET",
                "JSESSIONID=a; Max-Age=0                                       | DELETED",
                "JSESSIONID=a; max-age=-5                                      | DELETED",
                "JSESSIONID=a; Max-Age=00                                      | DELETED",
                "JSESSIONID=a; Max-Age=soon                                    | SET",
                "JSESSIONID=a; Expires=Thu, 01 Jan 1970 00:00:00 GMT           | DELETED",
                "JSESSIONID=a; Expires=Sun, 22 Nov 2026 12:00:00 GMT           | DELETED",
                "JSESSIONID=a; Expires=Sun, 22 Nov 2026 12:00:01 GMT           | SET",
                "JSESSIONID=a; expires=Sunday, 22-Nov-26 11:59:59 GMT          | DELETED",
                "JSESSIONID=a; Expires=Sun Nov 22 11:59:59 2026                | DELETED",
                "JSESSIONID=a; Expires=never                                   | SET",
                "JSESSIONID=a; Expires=Thu, 32 Foo 1970 00:00:00 GMT           | SET",
                "JSESSIONID=a; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT | SET",
                "JSESSIONID=a; Max-Age=0; Expires=Sun, 22 Nov 2099 12:00:00 GMT | DELETED",
                "JSESSIONID=; Path=/                                           | DELETED",
                "JSESSIONID                                                    | NOTHING",
                "JSESSIONID2=a                                                 | NOTHING",
                "jsessionid=a                                                  | NOTHING",
                "other=JSESSIONID=a                                            | NOTHING",
            })
    void anAnswerSetsTheCookieDeletesItOrDoesNothingToIt(String line, Deed deed) {
        assertThat(cookie.deed(Heads.response(200, "Set-Cookie: " + line), NOW)).isEqualTo(deed);
    }

    @Test
    void ofSeveralLinesOneThatSetsItCounts() {
        assertThat(cookie.deed(Heads.response(200), NOW)).isEqualTo(Deed.NOTHING);
        assertThat(cookie.deed(
                        Heads.response(
                                200,
                                "Set-Cookie: JSESSIONID=; Path=/old; Max-Age=0",
                                "Set-Cookie: theme=dark",
                                "Set-Cookie: JSESSIONID=b; Path=/"),
                        NOW))
                .isEqualTo(Deed.SET);
    }

    @Test
    void aRequestHasItWhereItHasAValue() {
        assertThat(cookie.key(Heads.get("h", "/"))).isEmpty();
        assertThat(cookie.key(Heads.get("h", "/", "Cookie: JSESSIONID=; a=b"))).isEmpty();
        assertThat(cookie.key(Heads.get("h", "/", "Cookie: a=b; JSESSIONID=x")))
                .isEqualTo(cookie.key(Heads.get("h", "/", "Cookie: JSESSIONID=x")))
                .isNotEqualTo(cookie.key(Heads.get("h", "/", "Cookie: JSESSIONID=y")))
                .isPresent();
    }

    @Test
    void noiseInAnAnswersCookieIsNeverAnError() {
        Random random = new Random(23);
        for (int i = 0; i < 2_000; i++) {
            StringBuilder line = new StringBuilder("Set-Cookie: JSESSIONID=a; Expires=");
            for (int length = random.nextInt(60); length > 0; length--) {
                int drawn = random.nextInt(24);
                line.append(drawn < 10 ? (char) ('0' + drawn) : "::  ,-;=JanNovMar\u00e4".charAt(random.nextInt(18)));
            }
            assertThat(cookie.deed(Heads.response(200, line.toString()), NOW)).isNotEqualTo(Deed.NOTHING);
        }
    }
}
