package dev.moorgate.dataplane.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.moorgate.dataplane.admission.Passwords.Credentials;
import dev.moorgate.dataplane.admission.Passwords.Verdict;
import dev.moorgate.routetable.Redacted;
import dev.moorgate.routetable.RoutePolicy.BasicAuth;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Hashes as htpasswd, openssl and crypt(3) write them. */
class PasswordsTest {
    private static final String BCRYPT = "$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";

    private static final String QUICK = "$apr1$lZL6Vci0$i.ejuHUu4auI0MoNw4CFf0";

    static final List<Arguments> HASHES = List.of(
            argumentSet("bcrypt", BCRYPT, "secret"),
            argumentSet("apr1", QUICK, "secret"),
            argumentSet("apr1, short salt, no password", "$apr1$ab$S8K6Sgp3W8c9Jb6LxgywZ.", ""),
            argumentSet("apr1, long", "$apr1$x1$R92ZdMwqXQkw2f7iEp8SX0", "a much longer password than sixteen octets"),
            argumentSet("sha", "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=", "secret"));

    private static final int MOST_WRONG = 64;
    private static final String CLIENT = "192.0.2.1";
    private static final String OTHER = "192.0.2.2";

    private static Passwords of(String hash) {
        return of(hash, Runnable::run);
    }

    private static Passwords of(String hash, Executor thread) {
        return new Passwords(
                new BasicAuth("shop", List.of(new BasicAuth.User("ada", new Redacted(hash)))),
                new Turns(thread),
                MOST_WRONG);
    }

    private static Credentials given(String name, String password) {
        return new Credentials(name, password.getBytes(StandardCharsets.UTF_8));
    }

    private static Verdict verdict(Passwords passwords, Credentials given) {
        Verdict at = passwords.look(given);
        if (at != Verdict.UNKNOWN) {
            return at;
        }
        List<Verdict> told = new ArrayList<>();
        passwords.check(CLIENT, given, told::add);
        assertThat(passwords.look(given)).isEqualTo(told.getFirst());
        return told.getFirst();
    }

    @ParameterizedTest
    @FieldSource("HASHES")
    void onlyTheRightPasswordOfTheRightUserIsRight(String hash, String password) {
        Passwords passwords = of(hash);

        assertThat(verdict(passwords, given("ada", password))).isEqualTo(Verdict.RIGHT);
        assertThat(verdict(passwords, given("ada", password + "x"))).isEqualTo(Verdict.WRONG);
        assertThat(verdict(passwords, given("bob", password))).isEqualTo(Verdict.WRONG);
        assertThat(verdict(passwords, given("ada", password))).isEqualTo(Verdict.RIGHT);
    }

    @Test
    void aUserWhoWasRightStaysInWhateverOthersGuess() {
        Passwords passwords = of(QUICK);
        assertThat(verdict(passwords, given("ada", "secret"))).isEqualTo(Verdict.RIGHT);

        for (int i = 0; i <= MOST_WRONG; i++) {
            verdict(passwords, given("ada", "guess" + i));
        }

        assertThat(passwords.look(given("ada", "secret"))).isEqualTo(Verdict.RIGHT);
        // the first guesses are forgotten, the last one is not
        assertThat(passwords.look(given("ada", "guess0"))).isEqualTo(Verdict.UNKNOWN);
        assertThat(passwords.look(given("ada", "guess" + MOST_WRONG))).isEqualTo(Verdict.WRONG);
    }

    @Test
    void whereTooManyAreCheckedAlreadyNobodyIsLetInUnchecked() {
        Passwords passwords = of(BCRYPT, _ -> {});
        guess(passwords, Turns.PLACES, _ -> {});

        List<Verdict> told = new ArrayList<>();
        passwords.check(CLIENT, given("ada", "secret"), told::add);

        assertThat(told).containsExactly(Verdict.UNKNOWN);
        assertThat(passwords.look(given("ada", "secret"))).isEqualTo(Verdict.UNKNOWN);
    }

    @Test
    void aGuesserWhoHasTakenAllPlacesKeepsNoOtherClientOut() {
        List<Runnable> turns = new ArrayList<>();
        Passwords passwords = of(BCRYPT, turns::add);
        List<Verdict> guesses = new ArrayList<>();
        guess(passwords, Turns.PLACES, guesses::add);

        List<Verdict> told = new ArrayList<>();
        passwords.check(OTHER, given("ada", "secret"), told::add);
        turns.removeFirst().run();
        turns.removeFirst().run();

        assertThat(told).containsExactly(Verdict.RIGHT);
        assertThat(guesses).containsExactly(Verdict.UNKNOWN, Verdict.WRONG);
        turns.forEach(Runnable::run);
        assertThat(guesses).hasSize(Turns.PLACES).containsOnlyOnce(Verdict.UNKNOWN);
    }

    private static void guess(Passwords passwords, int times, Consumer<Verdict> then) {
        for (int i = 0; i < times; i++) {
            passwords.check(CLIENT, given("ada", "guess" + i), then);
        }
    }

    @Test
    void aFieldHoldsANameAndAPasswordThatMayHaveColons() {
        String both = Base64.getEncoder().encodeToString("ada:a:b".getBytes(StandardCharsets.UTF_8));

        Credentials read = Credentials.of("bAsIc " + both);

        assertThat(read).isNotNull();
        assertThat(read.name()).isEqualTo("ada");
        assertThat(read.password()).asString(StandardCharsets.UTF_8).isEqualTo("a:b");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Basic", "Basic ", "Basic !", "Basic YWRh", "Basic OmE=", "Bearer YWRhOmE="})
    void whatIsNoneIsNone(String field) {
        assertThat(Credentials.of(field)).isNull();
        assertThat(Credentials.of(null)).isNull();
        assertThat(Credentials.of("Basic " + "YWRh".repeat(1_000))).isNull();
    }
}
