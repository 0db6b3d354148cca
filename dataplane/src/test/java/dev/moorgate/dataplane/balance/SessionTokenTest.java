package dev.moorgate.dataplane.balance;

import static dev.moorgate.dataplane.balance.Sessions.START;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.moorgate.dataplane.Heads;
import dev.moorgate.dataplane.balance.token.SessionCodec;
import dev.moorgate.dataplane.balance.token.SessionCodec.Decoded;
import dev.moorgate.dataplane.balance.token.SessionKeys;
import dev.moorgate.dataplane.balance.token.SessionOutcome;
import dev.moorgate.dataplane.balance.token.SessionToken;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.KeyRing.Algorithm;
import dev.moorgate.routetable.KeyRing.SessionKey;
import dev.moorgate.routetable.Redacted;
import dev.moorgate.routetable.StickySession;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A token is honoured by whoever holds the keys, and by the smallest change it becomes a new session and no error (faults H12, I24). */
class SessionTokenTest {
    /** Computed apart from this code, from the format's description alone. */
    private static final String VECTOR = "v1.k1.T75BQkNERUZHSElKS0xx7-LZ-RRlf4RgCt0TRQGmGL2agHBVWe_TngU54oWQ2APFh29Z"
            + "-0spwUXSmpY-gAJAqpLjqkn1xzsD";

    private static final KeyRing VECTOR_RING = new KeyRing(
            "release", List.of(new SessionKey("k1", new Redacted("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="))));
    private static final SessionToken VECTOR_TOKEN = new SessionToken(
            0x0102030405060708L,
            new SessionToken.Bound(0x1112131415161718L, 0x2122232425262728L),
            0x3132333435363738L,
            START,
            START,
            (short) 0);

    private static final SessionToken LONG_TOKEN = new SessionToken(
            0x0102030405060708L,
            new SessionToken.Bound(0x1112131415161718L, 0x2122232425262728L),
            0x3132333435363738L,
            START,
            START,
            (short) 0,
            0x4142434445464748L,
            START);

    private final Sessions.Clock clock = new Sessions.Clock();

    @Test
    void theVectorIsMadeAndRead() {
        SessionCodec codec = new SessionCodec(
                new SessionKeys(VECTOR_RING, "shop/cart"),
                Algorithm.AES_256_GCM,
                "shop/cart",
                "moor",
                SessionTokenTest::count,
                7);

        assertThat(codec.encode(VECTOR_TOKEN, START)).isEqualTo(VECTOR);
        assertThat(decode(codec, VECTOR, START).token()).isEqualTo(VECTOR_TOKEN);
    }

    @Test
    void aTokenStaysShortWithTheLongestKid() {
        String token = codec(Sessions.ring("abcdefgh"), "p".repeat(300), "moor").encode(VECTOR_TOKEN, START);

        assertThat(token).hasSize(108).matches("v1\\.abcdefgh\\.[A-Za-z0-9_-]{96}");
    }

    static final List<Arguments> FORMS = List.of(
            argumentSet("sealed", Algorithm.AES_256_GCM, VECTOR_TOKEN, "v1", 96),
            argumentSet("sealed with an origin", Algorithm.AES_256_GCM, LONG_TOKEN, "v2", 112),
            argumentSet("signed", Algorithm.HMAC_SHA256, VECTOR_TOKEN, "s1", 80),
            argumentSet("signed with an origin", Algorithm.HMAC_SHA256, LONG_TOKEN, "s2", 96));

    @ParameterizedTest
    @FieldSource("FORMS")
    void everyFormIsReadWhateverIsWrittenNow(Algorithm algorithm, SessionToken token, String form, int length) {
        String text = codec(algorithm, VECTOR_RING, "shop/cart", "moor").encode(token, START);

        assertThat(text).matches(form + "[.]k1[.][A-Za-z0-9_-]{" + length + "}");
        for (Algorithm now : Algorithm.values()) {
            SessionCodec codec = codec(now, VECTOR_RING, "shop/cart", "moor");
            Decoded decoded = decode(codec, text, START);
            assertThat(decoded.token()).isEqualTo(token);
            assertThat(codec.isCurrent(decoded, START)).isEqualTo(now == algorithm);
            assertThat(codec.isCurrent(decoded, START + 86_400)).isFalse();
        }
        assertThat(decode(codec(algorithm, VECTOR_RING, "shop/other", "moor"), text, START)
                        .outcome())
                .isEqualTo(SessionOutcome.TAMPERED);
        assertThat(decode(codec(algorithm, VECTOR_RING, "shop/cart", "other"), text, START)
                        .outcome())
                .isEqualTo(SessionOutcome.TAMPERED);
    }

    @Test
    void whatIsOnlySignedCanBeReadByItsClient() {
        String text =
                codec(Algorithm.HMAC_SHA256, VECTOR_RING, "shop/cart", "moor").encode(VECTOR_TOKEN, START);

        byte[] bytes = Base64.getUrlDecoder().decode(text.substring("s1.k1.".length()));
        assertThat(ByteBuffer.wrap(bytes, 2, 8).getLong()).isEqualTo(VECTOR_TOKEN.session());
    }

    @ParameterizedTest
    @FieldSource("FORMS")
    void everyChangedByteIsRefused(Algorithm algorithm, SessionToken token, String form, int length) {
        SessionCodec codec = codec(algorithm, VECTOR_RING, "shop/cart", "moor");
        byte[] good = codec.encode(token, START).getBytes(StandardCharsets.US_ASCII);
        assertThat(good).hasSize(length + form.length() + 4);
        for (int i = 0; i < good.length; i++) {
            for (int value = 0; value < 256; value++) {
                byte[] bad = good.clone();
                bad[i] = (byte) value;
                if (bad[i] != good[i]) {
                    Decoded decoded = codec.decode(bad, 0, bad.length, START);

                    assertThat(decoded.token()).as("byte %d as %d", i, value).isNull();
                    assertThat(decoded.outcome())
                            .isIn(
                                    SessionOutcome.MALFORMED,
                                    SessionOutcome.TAMPERED,
                                    SessionOutcome.UNKNOWN_KEY,
                                    SessionOutcome.EXPIRED);
                }
            }
        }
    }

    @Test
    void whatIsCutLengthenedOrNoiseIsMalformedAndNoError() {
        SessionPolicy policy = policy(Sessions.session("p"), VECTOR_RING);
        for (int cut = 0; cut < VECTOR.length(); cut++) {
            assertThat(outcome(policy, VECTOR.substring(0, cut))).isEqualTo(SessionOutcome.MALFORMED);
        }
        for (String noise : List.of(
                "",
                "=",
                ".",
                "v1..",
                "v1.k1.",
                VECTOR + "A",
                VECTOR + VECTOR,
                "A".repeat(8_000),
                "v1.k1." + "=".repeat(96),
                "v1.k1." + "\u00e4".repeat(96),
                "v3" + VECTOR.substring(2),
                "v2" + VECTOR.substring(2),
                "s1" + VECTOR.substring(2),
                "v1.." + "A".repeat(97))) {
            assertThat(outcome(policy, noise)).as(noise).isEqualTo(SessionOutcome.MALFORMED);
        }
        Random random = new Random(7);
        for (int i = 0; i < 2_000; i++) {
            StringBuilder noise = new StringBuilder("v1.k1.");
            for (int length = 90 + random.nextInt(12); length > 0; length--) {
                noise.append((char) ('!' + random.nextInt(90)));
            }
            assertThat(policy.read(cookies("moor=" + noise.toString().replace(';', '.')), START)
                            .token())
                    .isNull();
        }
    }

    @Test
    void aTokenOfOnePolicyOrNameIsWorthlessToAnother() {
        String token = codec(VECTOR_RING, "shop/cart", "moor").encode(VECTOR_TOKEN, START);

        assertThat(decode(codec(VECTOR_RING, "shop/other", "moor"), token, START)
                        .outcome())
                .isEqualTo(SessionOutcome.TAMPERED);
        assertThat(decode(codec(VECTOR_RING, "shop/cart", "other"), token, START)
                        .outcome())
                .isEqualTo(SessionOutcome.TAMPERED);
    }

    @Test
    void keysRotateWithoutLosingASession() {
        KeyRing old = Sessions.ring("k1");
        KeyRing both = Sessions.ring("k2", "k1");
        KeyRing later = Sessions.ring("k2");
        String token = codec(old, "p", "moor").encode(VECTOR_TOKEN, START);

        assertThat(decode(codec(both, "p", "moor"), token, START).token()).isEqualTo(VECTOR_TOKEN);
        assertThat(codec(both, "p", "moor").encode(VECTOR_TOKEN, START)).startsWith("v1.k2.");
        assertThat(decode(codec(later, "p", "moor"), token, START).outcome()).isEqualTo(SessionOutcome.UNKNOWN_KEY);
    }

    @Test
    void oneKidWithAnotherSecretIsAnotherKey() {
        String token = codec(VECTOR_RING, "p", "moor").encode(VECTOR_TOKEN, START);

        assertThat(decode(codec(Sessions.ring("k1"), "p", "moor"), token, START).outcome())
                .isEqualTo(SessionOutcome.TAMPERED);
    }

    @Test
    void noncesAndKeysDiffer() {
        SessionCodec codec = codec(VECTOR_RING, "p", "moor");
        Set<String> tokens = new HashSet<>();
        for (int i = 0; i < 500; i++) {
            tokens.add(codec.encode(VECTOR_TOKEN, START));
        }

        assertThat(tokens).hasSize(500);
        SessionKeys keys = new SessionKeys(VECTOR_RING, "p");
        assertThat(keys.key("k1", 1).getEncoded())
                .hasSize(32)
                .isNotEqualTo(keys.key("k1", 2).getEncoded());
        assertThat(keys.key("k1", 1)).isNotEqualTo(new SessionKeys(VECTOR_RING, "q").key("k1", 1));
    }

    @ParameterizedTest(name = "after {0} s with {1} and {2}: {3}")
    @CsvSource({
        "0,        ,      ,      RESUMED",
        "604799,   ,      ,      RESUMED",
        "700000,   ,      ,      EXPIRED",
        "3599,     PT1H,  ,      RESUMED",
        "3600,     PT1H,  ,      EXPIRED",
        "599,      ,      PT10M, RESUMED",
        "600,      ,      PT10M, IDLE",
        "3600,     PT1H,  PT10M, EXPIRED",
        "2000000,  P30D,  ,      RESUMED",
        "2592000,  P30D,  ,      EXPIRED",
        "-300,     ,      ,      RESUMED",
        "-301,     ,      ,      EXPIRED",
    })
    void tokensEndByTheClock(long later, Duration absolute, Duration idle, SessionOutcome expected) {
        Sessions.Builder session = Sessions.session("p");
        if (absolute != null) {
            session.absolute(absolute);
        }
        if (idle != null) {
            session.idle(idle);
        }
        SessionPolicy policy = policy(session, VECTOR_RING);
        String token = codec(VECTOR_RING, "p", "moor").encode(VECTOR_TOKEN, START);
        policy.read(cookies("moor=" + token), START);

        assertThat(policy.read(cookies("moor=" + token), START + later).outcome())
                .isEqualTo(expected);
    }

    @Test
    void ofSeveralCookiesTheFirstGoodOneCounts() {
        SessionPolicy policy = policy(Sessions.session("p"), VECTOR_RING);
        SessionToken other = VECTOR_TOKEN.usedAt(START - 5);
        String first = codec(VECTOR_RING, "p", "moor").encode(VECTOR_TOKEN, START);
        String second = codec(VECTOR_RING, "p", "moor").encode(other, START);

        RequestHead head = cookies("a=b; moor=; moor=nonsense", "moor=" + first + "; moor=" + second);

        assertThat(policy.read(head, START).token()).isEqualTo(VECTOR_TOKEN);
        String changed = first.substring(0, first.length() - 1) + (first.endsWith("A") ? "B" : "A");
        assertThat(policy.read(cookies("moor=" + changed + "; moor=x"), START).outcome())
                .isEqualTo(SessionOutcome.TAMPERED);
        assertThat(policy.read(cookies("xmoor=" + first), START).outcome()).isEqualTo(SessionOutcome.NEW);
    }

    @Test
    void aRememberedTokenIsWorthNothingToAnotherPolicy() {
        StickySessions sessions = Sessions.instance(clock);
        SessionPolicy one = sessions.policy(Sessions.session("one").made(), VECTOR_RING);
        SessionPolicy two = sessions.policy(Sessions.session("two").made(), VECTOR_RING);
        RequestHead head = cookies("moor=" + codec(VECTOR_RING, "one", "moor").encode(VECTOR_TOKEN, START));

        assertThat(one.read(head, START).token()).isNotNull();
        assertThat(one.read(head, START)).isSameAs(one.read(head, START));
        assertThat(two.read(head, START).outcome()).isEqualTo(SessionOutcome.TAMPERED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"AAAA", "not base64!", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISI="})
    void aKeyThatIsNot32BytesIsRefusedByItsName(String secret) {
        KeyRing ring = new KeyRing("release", List.of(new SessionKey("k9", new Redacted(secret))));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> policy(Sessions.session("p"), ring))
                .withMessageContaining("key k9 of ring release")
                .withMessageNotContaining(secret);
    }

    private static SessionOutcome outcome(SessionPolicy policy, String token) {
        return policy.read(cookies("moor=" + token), START).outcome();
    }

    private SessionPolicy policy(Sessions.Builder session, KeyRing ring) {
        StickySession made = session.made();
        return Sessions.instance(clock).policy(made, ring);
    }

    private static RequestHead cookies(String... values) {
        String[] fields = new String[values.length];
        for (int i = 0; i < fields.length; i++) {
            fields[i] = "Cookie: " + values[i];
        }
        return Heads.get("h", "/", fields);
    }

    private static SessionCodec codec(KeyRing ring, String policy, String name) {
        return codec(Algorithm.AES_256_GCM, ring, policy, name);
    }

    private static SessionCodec codec(Algorithm algorithm, KeyRing ring, String policy, String name) {
        return new SessionCodec(new SessionKeys(ring, policy), algorithm, policy, name, Sessions.RANDOM::nextBytes, 7);
    }

    private static void count(byte[] bytes) {
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (0x41 + i);
        }
    }

    private static Decoded decode(SessionCodec codec, String token, long now) {
        byte[] bytes = token.getBytes(StandardCharsets.ISO_8859_1);
        return codec.decode(bytes, 0, bytes.length, now);
    }
}
