package dev.moorgate.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.moorgate.dataplane.kit.MetricText;
import dev.moorgate.dataplane.listen.staple.Issuer;
import dev.moorgate.dataplane.listen.staple.Responder;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.ProxySettings;
import dev.moorgate.routetable.RouteTable;
import io.netty.handler.ssl.OpenSsl;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** C15: what clients are shown while responders answer, are late, or are gone. */
class StaplingTest {
    private final ListenFixture fixture = new ListenFixture();
    private final Responder responder = new Responder();
    private final Issuer issuer = new Issuer(responder.url());

    @BeforeEach
    void boring() {
        assumeThat(OpenSsl.isOcspSupported()).isTrue();
    }

    @AfterEach
    void close() {
        fixture.close();
        responder.close();
    }

    private void install(boolean stapling) {
        RouteTable table = Tables.table(
                List.of(Tables.https("tls", 0, Tables.tls(Tables.name(HostPattern.ANY, "shop/tls")))),
                issuer.certificate("shop/tls"));
        ProxySettings before = table.settings();
        fixture.install(new RouteTable(
                new ProxySettings(
                        before.trustedProxies(),
                        before.accessLog(),
                        before.proxyStatus(),
                        before.limits(),
                        Optional.empty(),
                        Optional.empty(),
                        stapling),
                table.listeners(),
                table.upstreams(),
                table.sessions(),
                table.certificates(),
                table.keyRings()));
    }

    /** What a new connection is shown. */
    private List<byte[]> shown(String version) throws IOException {
        try (SSLSocket socket = TlsClient.create().protocols(version).connect(fixture.port("tls"))) {
            assertThat(ListenFixture.echo(socket, "hello")).isEqualTo("hello");
            return ((ExtendedSSLSession) socket.getSession()).getStatusResponses();
        }
    }

    private boolean isFresh() {
        return fixture.stapling.views().stream()
                .anyMatch(view -> view.nextUpdate().isPresent());
    }

    private boolean hasFailure(String word) {
        return fixture.stapling.views().stream()
                .anyMatch(view -> view.failure()
                        .filter(text -> text.startsWith(word + ":"))
                        .isPresent());
    }

    private String metrics() {
        return MetricText.of(fixture.stapling);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void aGoodResponseGoesIntoEveryHandshake(String version) throws Exception {
        byte[] good = issuer.answer(Issuer.GOOD, Duration.ofDays(7));
        responder.say(good);

        install(true);

        assertThat(ListenFixture.eventually(this::isFresh)).isTrue();
        assertThat(shown(version)).containsExactly(good);
        assertThat(metrics())
                .contains("moorgate_ocsp_staples{state=\"fresh\"} 1.0")
                .contains("moorgate_ocsp_must_staple_absent 0.0")
                .contains("moorgate_ocsp_fetches_total{outcome=\"good\"} 1.0");
    }

    @Test
    void opensslReadsTheResponse() throws Exception {
        responder.say(issuer.answer(Issuer.GOOD, Duration.ofDays(7)));
        install(true);
        assertThat(ListenFixture.eventually(this::isFresh)).isTrue();

        assertThat(Openssl.connect(fixture.port("tls"), "-status"))
                .contains("OCSP Response Status: successful (0x0)")
                .contains("Cert Status: good");
    }

    @Test
    void noHandshakeWaitsForAResponderThatIsSilent() throws Exception {
        install(true);
        assertThat(ListenFixture.eventually(() -> responder.asked() == 1)).isTrue();

        assertThat(shown("TLSv1.3")).isEmpty();
        assertThat(metrics())
                .contains("moorgate_ocsp_staples{state=\"absent\"} 1.0")
                .contains("moorgate_ocsp_must_staple_absent 1.0");
        assertThat(ListenFixture.eventually(() -> hasFailure("timeout"))).isTrue();
        assertThat(metrics()).contains("moorgate_ocsp_fetches_total{outcome=\"timeout\"} 1.0");
    }

    @Test
    void aNextResponseIsFetchedInTimeAndTheLastOneIsShownAsLongAsItIsGood() throws Exception {
        byte[] first = issuer.answer(Issuer.GOOD, Duration.ofDays(4));
        byte[] second = issuer.answer(Issuer.GOOD, Duration.ofDays(6));
        responder.say(first);
        install(true);
        assertThat(ListenFixture.eventually(this::isFresh)).isTrue();

        fixture.stapling.tick();
        responder.say(second);
        fixture.skip(Duration.ofDays(1));
        assertThat(ticking(() -> shownAnew(second))).isTrue();
        assertThat(responder.asked()).isEqualTo(2);

        responder.close();
        fixture.skip(Duration.ofDays(1));
        assertThat(ticking(() -> hasFailure("unreachable"))).isTrue();
        assertThat(shown("TLSv1.3")).containsExactly(second);

        fixture.skip(Duration.ofDays(4));
        assertThat(shown("TLSv1.3")).isEmpty();
    }

    /** A tick that comes while a question's answer is being noted asks nothing: the next one does. */
    private boolean ticking(BooleanSupplier condition) throws InterruptedException {
        return ListenFixture.eventually(() -> {
            fixture.stapling.tick();
            return condition.getAsBoolean();
        });
    }

    private boolean shownAnew(byte[] response) {
        try {
            List<byte[]> shown = shown("TLSv1.3");
            return shown.size() == 1 && Arrays.equals(shown.getFirst(), response);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aFailureIsTriedAgainAfterAPause() throws Exception {
        responder.say("garbage".getBytes(StandardCharsets.US_ASCII));
        install(true);
        assertThat(ListenFixture.eventually(() -> hasFailure("malformed"))).isTrue();
        byte[] good = issuer.answer(Issuer.GOOD, Duration.ofDays(7));
        responder.say(good);

        fixture.stapling.tick();
        assertThat(responder.asked()).isEqualTo(1);
        fixture.skip(Duration.ofMinutes(2));

        assertThat(ticking(this::isFresh)).isTrue();
        assertThat(shown("TLSv1.3")).containsExactly(good);
        assertThat(responder.asked()).isEqualTo(2);
    }

    @Test
    void responsesOutliveATableAndEndWithTheSwitch() throws Exception {
        byte[] good = issuer.answer(Issuer.GOOD, Duration.ofDays(7));
        responder.say(good);
        install(true);
        assertThat(ListenFixture.eventually(this::isFresh)).isTrue();

        install(true);
        assertThat(shown("TLSv1.3")).containsExactly(good);
        assertThat(responder.asked()).isEqualTo(1);

        install(false);
        assertThat(shown("TLSv1.3")).isEmpty();
        assertThat(fixture.stapling.views()).isEmpty();
    }

    @Test
    void nobodyIsAskedWithoutTheSwitch() throws Exception {
        responder.say(issuer.answer(Issuer.GOOD, Duration.ofDays(7)));

        install(false);
        fixture.stapling.tick();

        assertThat(shown("TLSv1.3")).isEmpty();
        assertThat(responder.asked()).isZero();
    }
}
