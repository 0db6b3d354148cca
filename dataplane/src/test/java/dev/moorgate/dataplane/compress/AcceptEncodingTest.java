package dev.moorgate.dataplane.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.Heads;
import dev.moorgate.dataplane.http.RequestHead;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AcceptEncodingTest {
    private static final List<Coding> ALL = List.of(Coding.ZSTD, Coding.BROTLI, Coding.GZIP);

    private static @Nullable Coding choose(List<Coding> offered, String... lines) {
        RequestHead head = Heads.get("a", "/", lines);
        return AcceptEncoding.choose(head, offered);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "one coding                          | gzip                                    | GZIP",
                "another one                         | br                                      | BROTLI",
                "in whatever case                    | GZip                                    | GZIP",
                "by its old name                     | x-gzip                                  | GZIP",
                "what browsers send                  | gzip, deflate, br, zstd                 | ZSTD",
                "without any space                   | gzip,br                                 | BROTLI",
                "with much of it                     | ' , gzip  ;  q=0.5 ,\t, br ; q=0.4 ,'   | GZIP",
                "the greatest weight wins            | zstd;q=0.1, br;q=0.2, gzip;q=0.3        | GZIP",
                "the preference decides among equals | gzip;q=0.5, br;q=0.5                    | BROTLI",
                "thousandths count                   | gzip;q=0.502, br;q=0.501                | GZIP",
                "a weight in capitals                | gzip;Q=0.5                              | GZIP",
                "zero is no                          | gzip;q=0                                | -",
                "zero in full is no                  | gzip;q=0.000                            | -",
                "any is the preferred one            | *                                       | ZSTD",
                "any but one                         | *, zstd;q=0                             | BROTLI",
                "any at less than one                | *;q=0.5, gzip                           | GZIP",
                "none but one                        | *;q=0, gzip                             | GZIP",
                "none at all                         | *;q=0                                   | -",
                "identity alone                      | identity                                | -",
                "identity liked best                 | identity, gzip;q=0.5                    | -",
                "identity liked as much              | identity;q=0.5, gzip;q=0.5              | GZIP",
                "identity refused                    | identity;q=0, gzip;q=0.001              | GZIP",
                "identity refused and nothing liked  | identity;q=0                            | -",
                "what nobody here can make           | deflate, compress, sdch                 | -",
                "half a name                         | gzi, gzipp, b, brr                      | -",
                "a weight over one                   | gzip;q=1.5                              | -",
                "a weight just over one              | gzip;q=1.001                            | -",
                "a weight of four digits             | gzip;q=0.1234                           | -",
                "a weight below zero                 | gzip;q=-1                               | -",
                "a weight that is a word             | gzip;q=high                             | -",
                "no weight behind the sign           | gzip;q=                                 | -",
                "no sign                             | gzip;                                   | -",
                "another parameter                   | gzip;level=9                            | -",
                "a weight behind another parameter   | gzip;a=b;q=1                            | -",
                "the same twice                      | gzip;q=1, gzip;q=0                      | -",
                "a bad one beside a good one         | gzip;q=x, br                            | BROTLI",
                "a bad one is not any                | gzip;q=x, *;q=0.5                       | ZSTD",
                "one only, with a point              | gzip;q=1.                               | GZIP",
            })
    void theClientIsUnderstood(String what, String field, @Nullable Coding chosen) {
        assertThat(choose(ALL, "Accept-Encoding: " + field)).as(what).isEqualTo(chosen);
    }

    @Test
    void noFieldAndAnEmptyOneAskForNothing() {
        assertThat(choose(ALL)).isNull();
        assertThat(choose(ALL, "Accept-Encoding:")).isNull();
    }

    @Test
    void severalLinesAreOneList() {
        assertThat(choose(ALL, "Accept-Encoding: gzip;q=0.5", "Accept-Encoding: br;q=0.6"))
                .isEqualTo(Coding.BROTLI);
    }

    @Test
    void onlyWhatIsOfferedIsChosenInTheOrderOfTheOffer() {
        assertThat(choose(List.of(Coding.GZIP), "Accept-Encoding: br, zstd, gzip;q=0.1"))
                .isEqualTo(Coding.GZIP);
        assertThat(choose(List.of(Coding.GZIP, Coding.ZSTD), "Accept-Encoding: zstd, gzip"))
                .isEqualTo(Coding.GZIP);
    }

    @Test
    void whatAFilterHidesFromTheEndpointIsTheClientsStill() {
        RequestHead head = Heads.get("a", "/", "Accept-Encoding: gzip");
        head.dropAll("accept-encoding");
        assertThat(AcceptEncoding.choose(head, ALL)).isEqualTo(Coding.GZIP);
    }

    @Test
    void noiseIsReadWithoutAnException() {
        Random random = new Random(7);
        String letters = "gzipbrstd*;=q01.,x \tQ-\"\\é";
        int chosen = 0;
        for (int round = 0; round < 20_000; round++) {
            List<String> lines = new ArrayList<>();
            for (int line = random.nextInt(3); line >= 0; line--) {
                StringBuilder value = new StringBuilder("Accept-Encoding: ");
                for (int i = random.nextInt(40); i > 0; i--) {
                    value.append(
                            switch (random.nextInt(8)) {
                                case 0 -> "gzip";
                                case 1 -> ";q=";
                                case 2 -> ", ";
                                default -> String.valueOf(letters.charAt(random.nextInt(letters.length())));
                            });
                }
                lines.add(value.toString());
            }
            chosen += choose(ALL, lines.toArray(String[]::new)) == null ? 0 : 1;
        }
        assertThat(chosen).isBetween(1000, 19_000);
    }
}
