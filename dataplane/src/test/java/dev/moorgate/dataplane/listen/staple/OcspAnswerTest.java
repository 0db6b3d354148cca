package dev.moorgate.dataplane.listen.staple;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.pkitesting.X509Bundle;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bouncycastle.asn1.ocsp.CertStatus;
import org.bouncycastle.asn1.ocsp.OCSPRequest;
import org.bouncycastle.asn1.ocsp.Request;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which responses are believed, and what is said of the others. */
class OcspAnswerTest {
    private static final Issuer ISSUER = new Issuer("http://ocsp.example.com/q");
    /** In the middle of the certificates' time. */
    private static final Instant NOW = ISSUER.leaf().getNotBefore().toInstant().plus(Duration.ofDays(30));

    private static final OcspQuestion QUESTION = OcspQuestion.of(
                    List.of(ISSUER.leaf(), ISSUER.authority().getCertificate()))
            .orElseThrow();

    private static byte[] answer(X509Bundle signer, CertStatus status, Duration from, Duration until) {
        return ISSUER.answer(signer, ISSUER.leaf().getSerialNumber(), status, NOW.plus(from), NOW.plus(until));
    }

    private static void assertFault(StapleFault fault, ThrowingCallable reading) {
        assertThatThrownBy(reading)
                .isInstanceOfSatisfying(
                        OcspFailure.class,
                        failure -> assertThat(failure.fault())
                                .as(failure.getMessage())
                                .isEqualTo(fault));
    }

    @Test
    void theQuestionNamesTheCertificateAndItsResponder() {
        Request request = Request.getInstance(OCSPRequest.getInstance(QUESTION.request())
                .getTbsRequest()
                .getRequestList()
                .getObjectAt(0));

        assertThat(request.getReqCert().getSerialNumber().getValue())
                .isEqualTo(ISSUER.leaf().getSerialNumber());
        assertThat(QUESTION.responder()).isEqualTo(URI.create("http://ocsp.example.com/q"));
        assertThat(QUESTION.mustStaple()).isTrue();
        assertThat(OcspQuestion.of(List.of(ISSUER.leaf()))).isEmpty();
        assertThat(OcspQuestion.of(List.of(ISSUER.leaf(), ISSUER.leaf()))).isEmpty();
        assertThat(OcspQuestion.of(List.of(
                        ISSUER.authority().getCertificate(), ISSUER.authority().getCertificate())))
                .isEmpty();
    }

    @ParameterizedTest(name = "signed by a delegate: {0}")
    @ValueSource(booleans = {false, true})
    void theIssuerAndWhomItLetSignAreBelieved(boolean delegated) throws OcspFailure {
        X509Bundle signer = delegated ? ISSUER.delegate(true) : ISSUER.authority();
        byte[] der = answer(signer, Issuer.GOOD, Duration.ofHours(-1), Duration.ofDays(2));

        OcspAnswer answer = OcspAnswer.read(der, QUESTION, NOW);

        assertThat(answer.der()).isEqualTo(der);
        assertThat(answer.nextUpdate()).isBetween(NOW.plus(Duration.ofHours(47)), NOW.plus(Duration.ofHours(49)));
    }

    static Stream<Arguments> unbelieved() {
        Duration hour = Duration.ofHours(1);
        X509Bundle issuer = ISSUER.authority();
        byte[] good = answer(issuer, Issuer.GOOD, hour.negated(), hour);
        byte[] bent = good.clone();
        bent[bent.length - 3] ^= 1;
        return Stream.of(
                Arguments.of("revoked", StapleFault.REVOKED, answer(issuer, Issuer.revoked(), hour.negated(), hour)),
                Arguments.of("unknown", StapleFault.UNKNOWN, answer(issuer, Issuer.UNKNOWN, hour.negated(), hour)),
                Arguments.of(
                        "expired",
                        StapleFault.OUT_OF_DATE,
                        answer(issuer, Issuer.GOOD, hour.multipliedBy(-3), hour.negated())),
                Arguments.of(
                        "not valid yet",
                        StapleFault.OUT_OF_DATE,
                        answer(issuer, Issuer.GOOD, hour, hour.multipliedBy(2))),
                Arguments.of(
                        "another certificate's",
                        StapleFault.UNVERIFIED,
                        ISSUER.answer(issuer, BigInteger.TEN, Issuer.GOOD, NOW.minus(hour), NOW.plus(hour))),
                Arguments.of(
                        "a stranger's",
                        StapleFault.UNVERIFIED,
                        answer(Issuer.authority("CN=stranger"), Issuer.GOOD, hour.negated(), hour)),
                Arguments.of(
                        "a stranger's revocation",
                        StapleFault.UNVERIFIED,
                        answer(Issuer.authority("CN=stranger"), Issuer.revoked(), hour.negated(), hour)),
                Arguments.of(
                        "a delegate's that may not sign",
                        StapleFault.UNVERIFIED,
                        answer(ISSUER.delegate(false), Issuer.GOOD, hour.negated(), hour)),
                Arguments.of("with a bent signature", StapleFault.UNVERIFIED, bent),
                Arguments.of("tryLater", StapleFault.REFUSED, Issuer.error(3)),
                Arguments.of("unauthorized", StapleFault.REFUSED, Issuer.error(6)),
                Arguments.of("empty", StapleFault.MALFORMED, new byte[0]),
                Arguments.of("garbage", StapleFault.MALFORMED, "<html>".getBytes(StandardCharsets.US_ASCII)));
    }

    @ParameterizedTest(name = "a response that is {0}")
    @MethodSource("unbelieved")
    void whatIsNotBelievedHasItsReason(String name, StapleFault fault, byte[] der) {
        assertFault(fault, () -> OcspAnswer.read(der, QUESTION, NOW));
    }

    static Stream<Arguments> replies() {
        byte[] large = new byte[70_000];
        return Stream.of(
                Arguments.of("an error", StapleFault.HTTP_STATUS, Responder.http("503 Busy", new byte[0])),
                Arguments.of("a redirect", StapleFault.HTTP_STATUS, Responder.http("302 Found", new byte[0])),
                Arguments.of("too long", StapleFault.MALFORMED, Responder.http("200 OK", large)),
                Arguments.of("no HTTP", StapleFault.MALFORMED, "SSH-2.0-x\r\n\r\n".getBytes(StandardCharsets.US_ASCII)),
                Arguments.of(
                        "cut",
                        StapleFault.UNREACHABLE,
                        "HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\nabc".getBytes(StandardCharsets.US_ASCII)),
                Arguments.of("silence", StapleFault.TIMEOUT, new byte[0]));
    }

    @ParameterizedTest(name = "a reply that is {0}")
    @MethodSource("replies")
    void repliesThatAreNoneHaveTheirReason(String name, StapleFault fault, byte[] reply) {
        try (var responder = new Responder()) {
            responder.sayRaw(reply);
            var responders = new Responders(InetAddress::isLoopbackAddress, Duration.ofSeconds(2));

            assertFault(fault, () -> responders.ask(URI.create(responder.url()), QUESTION.request()));
        }
    }

    @Test
    void theRequestArrivesAsItWasMade() throws OcspFailure {
        try (var responder = new Responder()) {
            byte[] reply = {1, 2, 3};
            responder.say(reply);
            var responders = new Responders(InetAddress::isLoopbackAddress, Duration.ofSeconds(60));

            assertThat(responders.ask(URI.create(responder.url()), QUESTION.request()))
                    .isEqualTo(reply);
            assertThat(responder.questions()).containsExactly(QUESTION.request());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "[::1]", "169.254.169.254", "[fe80::1]", "0.0.0.0", "224.0.0.1"})
    void nobodyOnThisMachineOrLinkIsAsked(String host) {
        var responders = new Responders(Responders::isElsewhere, Duration.ofSeconds(1));

        assertFault(StapleFault.ADDRESS, () -> responders.ask(URI.create("http://" + host + "/"), new byte[0]));
    }
}
