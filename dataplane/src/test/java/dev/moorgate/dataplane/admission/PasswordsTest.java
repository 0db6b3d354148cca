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
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Hashes as htpasswd, openssl and crypt(3) write them. */
class PasswordsTest {
    private static final String BCRYPT = "$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";

    static final List<Arguments> HASHES = List.of(
            argumentSet("bcrypt", BCRYPT, "secret"),
            argumentSet("apr1", "$apr1$lZL6Vci0$i.ejuHUu4auI0MoNw4CFf0", "secret"),
            argumentSet("apr1, short salt, no password", "$apr1$ab$S8K6Sgp3W8c9Jb6LxgywZ.", ""),
            argumentSet("apr1, long", "$apr1$x1$R92ZdMwqXQkw2f7iEp8SX0", "a much longer password than sixteen octets"),
            argumentSet("sha", "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=", "secret"));

    private static Passwords of(String hash) {
        return new Passwords(
                new BasicAuth("shop", List.of(new BasicAuth.User("ada", new Redacted(hash)))), Runnable::run);
    }

    private static Credentials given(String name, String password) {
        return new Credentials(name, password.getBytes(StandardCharsets.UTF_8));
    }

    private static Verdict verdict(Passwords passwords, Credentials given) {
        Verdict at = passwords.look(given);
        if (at != Verdict.UNKNOWN) {
            return at;
        }
        List<Boolean> told = new ArrayList<>();
        assertThat(passwords.check(given, told::add)).isTrue();
        assertThat(passwords.look(given)).isEqualTo(told.getFirst() ? Verdict.RIGHT : Verdict.WRONG);
        return told.getFirst() ? Verdict.RIGHT : Verdict.WRONG;
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
    void whereTooManyAreCheckedAlreadyNobodyIsLetInUnchecked() {
        Passwords passwords =
                new Passwords(new BasicAuth("shop", List.of(new BasicAuth.User("ada", new Redacted(BCRYPT)))), task -> {
                    throw new RejectedExecutionException();
                });

        assertThat(passwords.check(given("ada", "secret"), right -> {})).isFalse();
        assertThat(passwords.look(given("ada", "secret"))).isEqualTo(Verdict.UNKNOWN);
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
