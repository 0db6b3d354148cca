package dev.moorgate.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.moorgate.routetable.HostPattern;
import io.netty.handler.ssl.OpenSsl;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Data before the end of the handshake could be somebody's repetition: none is taken (0-RTT, fault C5). */
class EarlyDataTest {
    /** [15] EXPLICIT INTEGER 16384: how much early data a session of OpenSSL's may send. */
    private static final byte[] MAY_SEND = {(byte) 0xaf, 4, 2, 2, 0x40, 0};

    private static final String BEGIN = "-----BEGIN SSL SESSION PARAMETERS-----";
    private static final String END = "-----END SSL SESSION PARAMETERS-----";

    private static ListenFixture fixture() {
        var fixture = new ListenFixture();
        fixture.install(Tables.table(
                List.of(Tables.https("tls", 0, Tables.tls(Tables.name(HostPattern.exact("a.example"), "a")))),
                Pki.certificate("a", "a")));
        return fixture;
    }

    private static String[] with(String... more) {
        return Stream.concat(Stream.of("-tls1_3", "-servername", "a.example"), Stream.of(more))
                .toArray(String[]::new);
    }

    @Test
    void ticketsOfferNoneAndWhatAClientSendsAllTheSameIsRefusedAndNeverHeard(@TempDir Path folder) throws Exception {
        assumeThat(OpenSsl.isAvailable()).as("resumes sessions").isTrue();
        Path session = folder.resolve("session");
        Path early = Files.writeString(folder.resolve("early"), "sent-early\n");
        try (var fixture = fixture()) {
            int port = fixture.port("tls");
            String first = Openssl.talk(port, "first-line\n", with("-sess_out", session.toString()));
            assertThat(first).contains("New, TLSv1.3", "Max Early Data: 0").doesNotContain("Max Early Data: 1");

            mayEarly(session);
            String second = Openssl.talk(
                    port, "sent-after\n", with("-sess_in", session.toString(), "-early_data", early.toString()));

            assertThat(second)
                    .contains("Reused, TLSv1.3", "Early data was rejected")
                    .containsOnlyOnce("sent-after")
                    .doesNotContain("sent-early");
            assertThat(fixture.handshakeFailures).isEmpty();
            assertThat(fixture.started).hasSize(2);
        }
    }

    /** Makes the client believe that the session's ticket allowed it: OpenSSL's own form of a session, in DER (SSL_SESSION_ASN1). */
    private static void mayEarly(Path session) throws IOException {
        String text = Files.readString(session).replace(BEGIN, "").replace(END, "");
        byte[] der = Base64.getMimeDecoder().decode(text);
        var inside = new ByteArrayOutputStream();
        boolean added = false;
        for (int i = content(der, 0); i < der.length; i = end(der, i)) {
            int tag = der[i] & 0xff;
            if (tag > 0xaf && !added) {
                inside.writeBytes(MAY_SEND);
                added = true;
            }
            inside.write(der, i, end(der, i) - i);
        }
        if (!added) {
            inside.writeBytes(MAY_SEND);
        }
        var whole = new ByteArrayOutputStream();
        whole.write(0x30);
        whole.write(0x82);
        whole.write(inside.size() >> 8);
        whole.write(inside.size());
        whole.writeBytes(inside.toByteArray());
        String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(whole.toByteArray());
        Files.writeString(session, BEGIN + "\n" + lines + "\n" + END + "\n");
    }

    /** Where the content of the element at {@code i} begins. */
    private static int content(byte[] der, int i) {
        int length = der[i + 1] & 0xff;
        return i + 2 + (length > 0x80 ? length - 0x80 : 0);
    }

    private static int end(byte[] der, int i) {
        int begin = content(der, i);
        int length = 0;
        if (begin == i + 2) {
            length = der[i + 1];
        } else {
            for (int k = i + 2; k < begin; k++) {
                length = length << 8 | der[k] & 0xff;
            }
        }
        return begin + length;
    }
}
